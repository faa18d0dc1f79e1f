import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { Agent } from 'node:http'
import { type TestContext, test } from 'node:test'
import { emptyDatabase } from '../empty-database.ts'
import { makeFolder, runGatehouse, startGatehouse } from './cli-server.ts'
import { type Answer, type Attempt, send } from './support.ts'

/** A server in a process of its own, and client applications to call it. */
async function open(t: TestContext, engine: 'sqlite' | 'postgres') {
  const database = engine === 'postgres' ? await emptyDatabase() : undefined
  assert.ok(engine === 'sqlite' || database, 'npm test and npm run attack bring PostgreSQL up')
  t.after(() => database?.drop())
  const env = {
    GATEHOUSE_DATA_DIR: makeFolder(t),
    ...(database && { GATEHOUSE_DATABASE_URL: database.url }),
  }
  const create = async (slug: string, limits: readonly string[] = []) => {
    const args = ['clients', 'create', slug, '--allow', '127.0.0.1', '--json', ...limits]
    const { code, stdout, stderr } = await runGatehouse(args, env)
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout) as { readonly slug: string; readonly secret: string }
  }
  const [flooder, neighbour] = [await create('flooder'), await create('neighbour', ['--limit', 'validate=100000'])]
  const server = await startGatehouse(t, env)
  t.after(() => server.stop())
  const agent = new Agent({ keepAlive: true })
  t.after(() => agent.destroy())
  const call = (by: { readonly slug: string; readonly secret: string }, attempt: Attempt) =>
    send(server.url, { ...by, now: new Date() }, { agent, ...attempt })
  return { server, flooder, neighbour, call }
}

/** Keeps so many requests under way until `isOver` says so; what was answered, by status. */
async function flood(width: number, ask: () => Promise<Answer>, isOver: (sent: number) => boolean) {
  const statuses: Record<number, number> = {}
  let sent = 0
  const lane = async () => {
    while (!isOver(sent)) {
      sent++
      const { status } = await ask()
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: width }, lane))
  return statuses
}

/** Of so many calls, one after the other: the time below which all but one in a hundred were answered. */
async function p99Of(calls: number, ask: () => Promise<Answer>): Promise<number> {
  const times: number[] = []
  for (let index = 0; index < calls; index++) {
    const since = performance.now()
    const { status, text } = await ask()
    times.push(performance.now() - since)
    assert.equal(status, 200, text)
  }
  return times.toSorted((a, b) => a - b)[Math.ceil(calls * 0.99) - 1] ?? 0
}

for (const engine of ['sqlite', 'postgres'] as const) {
  // The bound is wide: caller and flood share this process. `npm run bench -- --only P14` measures with figures.
  test(`040 one client's flood leaves another client's calls alone (${engine})`, async (t) => {
    const { flooder, neighbour, call } = await open(t, engine)
    const validate = () => call(neighbour, { path: '/v1/tokens/validate', body: { token: 'x' } })
    await p99Of(100, validate)
    const idleMs = await p99Of(150, validate)
    let isOver = false
    const flooding = flood(
      16,
      () => call(flooder, { path: '/v1/users?limit=1' }),
      () => isOver,
    )
    const besideMs = await p99Of(150, validate)
    isOver = true
    const statuses = await flooding
    t.diagnostic(`p99 ${idleMs.toFixed(1)} ms idle, ${besideMs.toFixed(1)} ms beside ${JSON.stringify(statuses)}`)
    assert.equal(statuses[200], 50, 'the budget of the one who floods')
    assert.ok((statuses[429] ?? 0) > 300, JSON.stringify(statuses))
    assert.deepEqual(Object.keys(statuses), ['200', '429'])
    assert.ok(besideMs < idleMs * 20 + 250, `p99 ${idleMs} ms idle, ${besideMs} ms beside the flood`)
  })

  test(`041 memory stays as it is while thousands are refused, for many reasons (${engine})`, async (t) => {
    const { server, flooder, call } = await open(t, engine)
    const slugs = ['nobody', '__proto__', 'x'.repeat(200)]
    let turn = 0
    const attempts: readonly (() => Attempt)[] = [
      () => ({ path: '/v1/users', headers: { 'x-client-id': slugs[turn % 3] } }),
      () => ({ path: '/v1/users', headers: { 'x-signature': `sha256=${String(turn).padStart(64, '0')}` } }),
      () => ({ path: '/v1/users', skewSeconds: 1000 + turn }),
      () => ({ path: '/v1/users?limit=1', headers: { 'x-request-id': `request-${turn}` } }),
      () => ({ path: '/v1/tokens/validate', body: { token: 'x' } }),
      () => ({ path: `/v1/nothing/${turn}` }),
    ]
    const refuse = (count: number) =>
      flood(
        32,
        () => call(flooder, attempts[turn++ % attempts.length]!()),
        (sent) => sent >= count,
      )
    const count = engine === 'sqlite' ? 8000 : 2500
    await refuse(count)
    const before = residentMib(server.pid)
    const statuses = await refuse(count)
    const after = residentMib(server.pid)
    t.diagnostic(`${before} MiB, then ${after} MiB`)
    assert.ok((statuses[429] ?? 0) > count / 2, JSON.stringify(statuses))
    assert.ok(after < before + 60, `${before} MiB, then ${after} MiB`)
  })
}

/** Memory that a process holds, in MiB. */
function residentMib(pid = 0): number {
  return Math.round(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024)
}
