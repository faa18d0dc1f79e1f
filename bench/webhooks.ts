// Webhooks: how fast an event becomes deliveries, how fast they are made, and what sending alone takes against the global fetch (P11).
// node --conditions=source bench/webhooks.ts [deliveries, 8000 unless said]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createJobs } from '@gatehouse/server/app'
import { parseConfig } from '@gatehouse/server/config'
import { commit } from '@gatehouse/server/context'
import { newId } from '@gatehouse/server/kernel/ids'
import { record } from '@gatehouse/server/log/record'
import { machineWorld } from '@gatehouse/server/main'
import { openParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { createEndpoint } from '@gatehouse/server/webhooks/create-endpoint'
import { signDelivery } from '@gatehouse/server/webhooks/sign-delivery'
import { median } from './statistics.ts'

const wanted = Number(process.argv[2] ?? 8000)
const endpoints = 8
/** As many as all endpoints together have under way. */
const inFlight = endpoints * 8
const rounds = 7
const batch = 2000

const child = spawn(process.execPath, [join(import.meta.dirname, 'webhook-receiver.mjs')], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const [port] = await once(child.stdout, 'data')
const url = `http://127.0.0.1:${Number(port)}/hook`

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const parsed = parseConfig({ GATEHOUSE_DATA_DIR: folder, GATEHOUSE_WEBHOOK_NETWORKS: '127.0.0.1' })
if (!parsed.ok) throw new Error(parsed.errors.join('\n'))
const parts = await openParts(parsed.config, {
  world: machineWorld(),
  exclusive: true,
  publicUrl: 'http://bench.test',
  reportFailure: (error) => console.error(error),
})
const jobs = await createJobs(parts, (error, job) => console.error(job, error))
const context = () => operatorContext(parts)

const payload = JSON.stringify({
  type: 'user.updated',
  timestamp: new Date(),
  data: { user_id: 'usr_'.padEnd(400, '0') },
})
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const post = () => {
  const headers = signDelivery(
    { id: newId('evt', context()), timestamp: Math.floor(Date.now() / 1000), body: payload },
    [secret],
  )
  return { url, headers, body: payload }
}
const senders = {
  'global fetch': async () => {
    const { headers, body } = post()
    await (await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(5000) })).arrayBuffer()
  },
  'our line': async () => {
    await parts.webhooks.line.post(post())
  },
}

/** So many, with as many under way as there are lanes. */
async function measure(count: number, send: () => Promise<void>) {
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  let left = count
  const lane = async () => {
    while (left-- > 0) await send()
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  const { user, system } = process.cpuUsage(cpu)
  return { perSecond: (count / (performance.now() - started)) * 1000, cpuUs: (user + system) / count }
}

const say = (name: string, { perSecond, cpuUs }: { perSecond: number; cpuUs: number }) =>
  console.log(
    `${name.padEnd(34)}${perSecond.toFixed(0).padStart(7)} a second${cpuUs.toFixed(0).padStart(7)} µs of CPU each`,
  )

try {
  const results = new Map<string, { perSecond: number; cpuUs: number }[]>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, send] of Object.entries(senders)) {
      const result = await measure(batch, send)
      if (round > 0) results.set(name, [...(results.get(name) ?? []), result])
    }
  }
  for (const [name, all] of results) {
    const middle = (of: 'perSecond' | 'cpuUs') => median(all.map((each) => each[of]))
    say(`sent and signed by ${name}`, { perSecond: middle('perSecond'), cpuUs: middle('cpuUs') })
  }
  const ratios = (of: 'perSecond' | 'cpuUs') => {
    const [theirs, ours] = [results.get('global fetch') ?? [], results.get('our line') ?? []]
    return median(ours.map((each, index) => each[of] / (theirs[index]?.[of] ?? Number.NaN)))
  }
  console.log(
    `our line against global fetch     ${ratios('perSecond').toFixed(2)}× as many, ${ratios('cpuUs').toFixed(2)}× the CPU\n`,
  )

  const { keys, policy, webhooks } = parts
  const create = createEndpoint({ keys, policy: { ...policy, webhookEndpoints: endpoints }, reach: webhooks.reach })
  for (let index = 0; index < endpoints; index++) await create(context(), { url, events: ['user.*'] })
  await jobs.runDue()
  const before = await takenBy()
  const events = Math.floor(wanted / endpoints)
  const committed = await commit(
    context(),
    Array.from({ length: events }, () => record(context(), { type: 'user.updated', userId: newId('usr', context()) })),
  )
  if (!committed.done) throw new Error('The events could not be written.')
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  await jobs.runDue()
  const taken = (await takenBy()) - before
  const { user, system } = process.cpuUsage(cpu)
  say('an event sealed, fanned out, signed,', {
    perSecond: (taken / (performance.now() - started)) * 1000,
    cpuUs: (user + system) / taken,
  })
  console.log(`sent and noted, ${endpoints} endpoints, ${taken} of ${events * endpoints} deliveries taken`)
} finally {
  child.kill()
  await jobs.stop()
  await parts.close()
  rmSync(folder, { recursive: true })
}

async function takenBy(): Promise<number> {
  return Number(await (await fetch(url)).text())
}
