import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createGatehouse } from '@gatehouse/sdk'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { judge } from './judge.ts'
import { surroundings } from './surroundings.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const manual = readFileSync(new URL('../examples/README.md', import.meta.url), 'utf8')
const email = 'ada@example.org'
const password = 'a few unrelated words'

/** A server with somebody who has an authenticator app, and what an example is told of it. */
async function start(t: TestContext) {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient()
  const gatehouse = createGatehouse({ url: server.url, clientId: slug, secret, now: server.clock.now })
  const phone = virtualPhone()
  const { id } = await gatehouse.users.create({ email, password })
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id, type: 'totp' })
  const account = phone.scan(enrollment.uri)
  const nextCode = () => {
    server.clock.advance('30s')
    return phone.nextCode(account, server.clock.now())
  }
  const before = await gatehouse.auth.login({ email, password })
  assert.ok(before.status === 'authenticated')
  await gatehouse.factors.activate({ id: factor.id, code: nextCode() })
  const env = { GATEHOUSE_URL: server.url, GATEHOUSE_CLIENT_ID: slug, GATEHOUSE_CLIENT_SECRET: secret }
  return { server, env, id, nextCode, gatehouse, tokenFromBefore: before.access_token }
}

type Environment = Readonly<Record<string, string>>

/** The command of the manual, on a port that is free. */
function commandOf(example: string): readonly [string, readonly string[]] {
  const command = new RegExp(`\`((?:node|php) [^\`]*examples/${example})\``).exec(manual)?.[1]
  assert.ok(command, `examples/README.md does not say how ${example} is started`)
  const [program = '', ...args] = command.replace(':3000', ':0').split(' ')
  return [program, args]
}

/** Starts an example and answers where it listens, which it says in its first line. */
async function startExample(t: TestContext, example: string, env: Environment): Promise<string> {
  const [program, args] = commandOf(example)
  const whole = { ...surroundings(), PORT: '0', ...env }
  const child = spawn(program, args, { cwd: root, env: whole, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill())
  // PHP says it on its standard error, and goes on to say there who asks for what.
  const said: string[] = []
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        said.push(line)
        const url = /(?:listening on |Development Server \()(http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1]
        if (url) resolve(url)
      })
    }
    child.once('exit', (code) => reject(new Error(`${example} has ended (${code}): ${said.join('\n')}`)))
    child.once('error', reject)
  })
}

for (const example of ['express.js', 'fastify.js', 'hono.js', 'plain.php']) {
  test(`examples/${example} does what its page says`, async (t) => {
    const php = example.endsWith('.php') ? judge('php', 'php-cli') : undefined
    if (php?.missing) return t.diagnostic(`not checked: examples/${example} (${php.missing})`)
    const { server, env, id, nextCode, gatehouse, tokenFromBefore } = await start(t)
    const url = await startExample(t, example, env)
    const ask = async (path: string, headers: Environment = {}, body?: object) => {
      const response = await fetch(url + path, {
        method: path === '/me' ? 'GET' : 'POST',
        headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
        ...(body && { body: JSON.stringify(body) }),
      })
      return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
    }

    const nobody = await ask('/me')
    assert.deepEqual([nobody.status, nobody.body.code], [401, 'authentication_required'])
    assert.equal(nobody.headers.get('www-authenticate'), 'Bearer')
    const wrong = await ask('/sign-in', {}, { email, password: 'other words altogether' })
    assert.deepEqual([wrong.status, wrong.body.code], [401, 'invalid_credentials'])

    const asked = await ask('/sign-in', {}, { email, password })
    assert.deepEqual([asked.status, asked.body.status], [200, 'mfa_required'])
    const challenge = asked.body.challenge.id
    const login = await ask('/sign-in/code', {}, { challenge, code: nextCode() })
    assert.deepEqual([login.status, login.body.status], [200, 'authenticated'])
    const bearer = { authorization: `Bearer ${login.body.access_token}` }
    const me = await ask('/me', bearer)
    assert.deepEqual([me.status, me.body.userId, me.body.claims.email], [200, id, email])
    const forged = await ask('/me', { authorization: `${bearer.authorization}x` })
    assert.deepEqual([forged.status, forged.body.code], [401, 'token_invalid'])

    assert.equal((await ask('/payouts', bearer)).status, 200, 'they have just given a code')

    const early = { authorization: `Bearer ${tokenFromBefore}` }
    const { status, headers, body } = await ask('/payouts', early)
    assert.deepEqual([status, body.code], [401, 'mfa_required'])
    const challenged = 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age=600'
    assert.equal(headers.get('www-authenticate'), challenged)
    const code = nextCode()
    const paid = await ask('/payouts', { ...early, 'x-mfa-token': code })
    assert.deepEqual([paid.status, paid.body], [200, { ok: true }])
    const proof = { 'x-session-token': paid.headers.get('x-session-token') ?? assert.fail('no session token') }
    const again = await ask('/payouts', { ...early, 'x-mfa-token': code })
    assert.deepEqual([again.status, again.body.code], [401, 'totp_code_reused'])
    assert.equal((await ask('/payouts', { ...early, ...proof })).status, 200)
    await gatehouse.auth.logout({ token: login.body.access_token })
    const over = await ask('/me', bearer)
    assert.deepEqual([over.status, over.body.code], [401, 'token_invalid'])

    // The guards of the SDK are shown alone in middlewares.test.ts; they try for seconds before they give up.
    if (!php) return undefined
    await server.stop()
    const alone = await ask('/payouts', bearer)
    assert.deepEqual([alone.status, alone.body.code], [503, 'sign_in_unavailable'])
    return undefined
  })
}

for (const example of ['express.js', 'fastify.js', 'hono.js']) {
  test(`examples/${example} is not started without its settings, and says which one is missing`, async () => {
    const [program, args] = commandOf(example)
    const env = { ...surroundings(), GATEHOUSE_URL: 'http://127.0.0.1:1', GATEHOUSE_CLIENT_ID: 'app' }
    await new Promise<void>((resolve) => {
      execFile(program, args, { cwd: root, env }, (error, _, said) => {
        assert.ok(error)
        assert.match(
          said,
          /^TypeError: createGatehouse needs secret \(or GATEHOUSE_CLIENT_SECRET\)\. "gatehouse clients create" gives .*\.$/m,
        )
        resolve()
      })
    })
  })
}
