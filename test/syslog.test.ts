import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createServer, type Server } from 'node:tls'
import { createJobs } from '@gatehouse/server/app'
import { createClient } from '@gatehouse/server/clients/create-client'
import { parseConfig } from '@gatehouse/server/config'
import { openParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { type Certificate, certificateMaker } from './certificate.ts'

/** A collector: the messages that have come, as RFC 5425 frames them. */
async function startCollector(t: TestContext, { cert, key }: Certificate, port = 0) {
  const messages: string[] = []
  const open = new Set<{ destroy(): void }>()
  let told: (() => void) | undefined
  const server: Server = createServer({ cert, key }, (socket) => {
    open.add(socket)
    let rest: Buffer = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes])
      for (;;) {
        const space = rest.indexOf(' ')
        const length = Number(rest.subarray(0, Math.max(space, 0)).toString())
        if (space < 1 || rest.length < space + 1 + length) return
        messages.push(rest.subarray(space + 1, space + 1 + length).toString())
        rest = rest.subarray(space + 1 + length)
        told?.()
      }
    })
  })
  server.on('tlsClientError', () => undefined)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const stop = async () => {
    for (const socket of open) socket.destroy()
    if (server.listening) {
      server.close()
      await once(server, 'close')
    }
  }
  t.after(stop)
  return {
    port: (server.address() as AddressInfo).port,
    messages,
    stop,
    async have(action: string, count: number) {
      while (messages.filter((message) => message.includes(` ${action} `)).length < count) {
        await new Promise<void>((resolve) => {
          told = resolve
        })
      }
    },
  }
}

async function openServer(t: TestContext, port: number, ca: string | undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-syslog-'))
  const parsed = parseConfig({
    GATEHOUSE_DATA_DIR: folder,
    GATEHOUSE_SYSLOG_URL: `tls://localhost:${port}`,
    GATEHOUSE_SYSLOG_CA: ca,
  })
  assert.ok(parsed.ok)
  const failures: unknown[] = []
  const parts = await openParts(parsed.config, {
    world: { now: () => new Date(), random: randomBytes },
    exclusive: true,
    publicUrl: 'https://auth.example.test',
    reportFailure: (error) => failures.push(error),
  })
  const jobs = await createJobs(parts, (error) => failures.push(error))
  t.after(async () => {
    await jobs.stop()
    await parts.close()
    rmSync(folder, { recursive: true })
  })
  const createApp = (slug: string) =>
    createClient(operatorContext(parts), parts.keys, {
      slug,
      name: slug,
      tenant: 'default',
      allow: ['127.0.0.1'],
      scopes: ['users:read'],
      schemes: ['v1'],
      numericSub: false,
      localVerification: false,
      limits: {},
    })
  return { jobs, failures, createApp }
}

test('the record goes to a collector by TLS, in order, and goes on when it was away', async (t) => {
  const certificate = certificateMaker(t)?.('collector')
  if (!certificate) return
  const collector = await startCollector(t, certificate)
  const { jobs, failures, createApp } = await openServer(t, collector.port, certificate.cert)
  for (const slug of ['first', 'second']) await createApp(slug)
  await jobs.runDue()
  await collector.have('client_created', 2)
  assert.match(
    collector.messages.find((message) => message.includes('client_created')) ?? '',
    /^<86>1 \S+Z auth\.example\.test gatehouse - client_created \[gatehouse@32473 /,
  )
  const positions = () => collector.messages.map((message) => Number(/ position="(\d+)"/.exec(message)?.[1]))
  assert.equal(positions()[1], (positions()[0] ?? Number.NaN) + 1)
  assert.deepEqual(failures, [])

  await collector.stop()
  await createApp('third')
  await jobs.runDue()
  while (failures.length === 0) {
    // What was handed to a connection that was just closed is lost without a word: syslog has no receipt.
    await createApp(`lost-${randomBytes(4).toString('hex')}`)
    await jobs.runDue()
  }
  const again = await startCollector(t, certificate, collector.port)
  await createApp('fourth')
  while (!again.messages.some((message) => message.includes('client_created'))) await jobs.runDue()
  const [first = Number.NaN] = again.messages.map((message) => Number(/ position="(\d+)"/.exec(message)?.[1]))
  assert.ok(first > (positions().at(-1) ?? 0))
})

test('a collector with a certificate from elsewhere gets nothing', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const collector = await startCollector(t, make('impostor'))
  const { jobs, failures, createApp } = await openServer(t, collector.port, make('collector').cert)
  await createApp('first')
  while (failures.length === 0) await jobs.runDue()
  assert.deepEqual(collector.messages, [])
})
