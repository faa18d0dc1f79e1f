import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createGatehouse } from '@gatehouse/sdk'
import { makeFolder, runGatehouse, startGatehouse } from './cli-server.ts'
import { type Attempt, attack, send } from './support.ts'

/** What makes one line of a log two, or shows it as what it is not. */
const hostile = [
  'a\nb',
  'a\r\n{"type":"login.succeeded","actor":"client:portal"}',
  '\u001b[2J\u001b[31mred\u001b]0;title\u0007',
  '\u009b2J',
  'line\u2028line\u2029line\u0085line',
  '\u202eevil\u202c \u2066x\u2069',
  '<script>alert(1)</script>',
  '"},{"id":"evt_1',
  'x'.repeat(1000),
]

test('171 what people write into names and agents stays one text in the record, is in no log and does nothing where it is shown', async (t) => {
  const env = { GATEHOUSE_DATA_DIR: makeFolder(t) }
  const limits = ['--limit', 'auth=1000', '--limit', 'users=1000']
  const made = await runGatehouse(['clients', 'create', 'portal', '--allow', '127.0.0.1', '--json', ...limits], env)
  assert.equal(made.code, 0, made.stderr)
  const { slug, secret } = JSON.parse(made.stdout) as { slug: string; secret: string }
  const server = await startGatehouse(t, env)
  const attempt = (wanted: Attempt) => send(server.url, { slug, secret, now: new Date() }, wanted)
  for (const text of hostile) {
    const end_user = { user_agent: text }
    await attempt({ path: '/v1/auth/login', body: { email: 'nobody@example.test', password: 'x', end_user } })
    await attempt({ path: '/v1/users', body: { email: `${randomUUID()}@example.test`, name: text.slice(0, 200) } })
    await attempt({ path: `/v1/users/${encodeURIComponent(text.slice(0, 20))}` })
    await attempt({ path: `/v1/users?${encodeURIComponent(text)}=1` })
    await attempt({ path: '/v1/users', body: `{"${text}":1}` })
    const latin = Buffer.from(text.replace(/[\r\n\0]/g, '?'))
      .toString('latin1')
      .replace(/[^\t -~\x80-\xff]/g, '?')
    await attempt({ path: '/v1/users', headers: { 'user-agent': latin, 'x-request-id': latin.slice(0, 64) } })
  }
  const long = await attempt({
    path: '/v1/users',
    headers: { 'user-agent': 'y'.repeat(8192), 'x-client-id': 'nobody' },
  })
  assert.equal(long.status, 403)

  const gatehouse = createGatehouse({ url: server.url, clientId: slug, secret })
  const kept = new Set<string | null>()
  for await (const event of gatehouse.auditEvents.list()) {
    kept.add(event.user_agent)
    // Only what the person's own fields hold may hold anything.
    const { user_agent, email, ...rest } = event
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.doesNotMatch(JSON.stringify(Object.values(rest)), /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]|\\u00|\\n/)
    assert.ok((user_agent?.length ?? 0) <= 1024 && (email?.length ?? 0) <= 320)
  }
  for (const text of hostile) assert.ok(kept.has(text), JSON.stringify(text))
  const { stdout, stderr } = await server.stop()
  for (const text of hostile) assert.ok(!(stdout + stderr).includes(text), JSON.stringify(text))

  for (const view of [['search'], ['search', '--json'], ['export', '--format', 'jsonl']]) {
    const shown = await runGatehouse(['audit', ...view], env)
    assert.equal(shown.code, 0, shown.stderr)
    const lines = shown.stdout.trimEnd().split('\n')
    assert.ok(lines.length > hostile.length, view.join(' '))
    for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u)
  }
})

attack('171 hostile text comes back from the record as it came, and what is no text is refused', async (app) => {
  const login = (user_agent: string) =>
    app.send({
      path: '/v1/auth/login',
      body: { email: 'nobody@example.test', password: 'x', end_user: { user_agent } },
    })
  const record = await app.house.recordOf(async () => {
    for (const text of hostile) assert.equal((await login(text)).status, 401, JSON.stringify(text))
    // U+0000 and half a character: one of the databases could not keep them.
    for (const text of ['a\0b', 'a\ud800b']) assert.equal((await login(text)).status, 400, JSON.stringify(text))
  })
  const failed = record.filter(({ type }) => type === 'login.failed')
  assert.deepEqual(
    failed.map(({ user_agent }) => user_agent),
    hostile,
  )
})
