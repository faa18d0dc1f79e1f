import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createGatehouse } from '@gatehouse/sdk'
import { startTestServer, type TestServer } from '@gatehouse/testing/start-test-server'
import { type PhoneAccount, virtualPhone } from '@gatehouse/testing/virtual-phone'
import { judge } from './judge.ts'
import { runProgram } from './run-program.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const pageOf = (name: string) => readFileSync(new URL(`../docs/${name}.md`, import.meta.url), 'utf8')

/** The samples of a page in one language, in their order. */
function samples(language: string, name = 'integrate'): string[] {
  return [...pageOf(name).matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, text = '']) => text)
}

type Environment = Readonly<Record<string, string>>

/** A server, the client application of the page, and the phone of the page's user. */
async function start(t: TestContext) {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient({ slug: 'my-app', localVerification: true })
  const env = { GATEHOUSE_URL: server.url, GATEHOUSE_CLIENT_ID: slug, GATEHOUSE_CLIENT_SECRET: secret }
  const phone = virtualPhone()
  const nextCode = (account: PhoneAccount) => {
    server.clock.advance('30s')
    return phone.nextCode(account, server.clock.now())
  }
  return { server, env, phone, nextCode }
}

/** The same with the user of the page already there, second factor included. */
async function startWithUser(t: TestContext) {
  const { server, env, phone, nextCode } = await start(t)
  const gatehouse = createGatehouse({
    url: env.GATEHOUSE_URL,
    clientId: env.GATEHOUSE_CLIENT_ID,
    secret: env.GATEHOUSE_CLIENT_SECRET,
    now: server.clock.now,
  })
  const { id } = await gatehouse.users.create({ email: 'ada@example.org', password: 'a few unrelated words' })
  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id, type: 'totp', label: 'Phone' })
  const account = phone.scan(enrollment.uri)
  await gatehouse.factors.activate({ id: factor.id, code: nextCode(account) })
  return { env, code: nextCode(account) }
}

/** The access token of a new user. */
async function signInTo(server: TestServer, env: Environment): Promise<string> {
  const { GATEHOUSE_URL: url, GATEHOUSE_CLIENT_ID: clientId, GATEHOUSE_CLIENT_SECRET: secret } = env
  const gatehouse = createGatehouse({ url, clientId, secret, now: server.clock.now })
  const account = { email: 'ada@example.org', password: 'a few unrelated words' }
  await gatehouse.users.create(account)
  const login = await gatehouse.auth.login(account)
  assert.ok(login.status === 'authenticated')
  return login.access_token
}

/** An answer may have more fields than the page shows, never fewer and none of another kind. */
function assertHasFieldsOf(shown: unknown, answer: unknown, path = ''): void {
  assert.equal(typeof answer, typeof shown, path)
  const fields = answer as Readonly<Record<string, unknown>>
  const expected = typeof shown === 'object' && shown !== null ? Object.entries(shown) : []
  for (const [name, value] of expected) assertHasFieldsOf(value, fields[name], `${path}/${name}`)
}

test('the curl samples of the integration page do what the page says', async (t) => {
  const missing = judge('curl', 'curl').missing ?? judge('openssl', 'openssl').missing
  if (missing) return t.diagnostic(`not checked: the curl samples of docs/integrate.md (${missing})`)
  const { env, phone, nextCode } = await start(t)
  const [signing = '', create, enroll, activate, login, verify, validate, read] = samples('sh')
  const call = async (sample: string | undefined, given: Environment = {}) =>
    JSON.parse(await runProgram('bash', ['-eu'], { input: `${signing}${sample}`, env: { ...env, ...given } }))

  const user = await call(create)
  const { factor, enrollment } = await call(enroll, { USER_ID: user.id })
  const account = phone.scan(enrollment.uri)
  const { recovery_codes } = await call(activate, { FACTOR_ID: factor.id, CODE: nextCode(account) })
  assert.equal(recovery_codes.length, 10)
  const { challenge } = await call(login)
  const session = await call(verify, { CHALLENGE_ID: challenge.id, CODE: nextCode(account) })
  const { active, claims } = await call(validate, { TOKEN: session.access_token })
  assert.ok(active)
  assert.equal(claims.security['2fa_verified'], true)
  const { data } = await call(read, { USER_ID: user.id })
  assert.ok(data.some(({ action }: { action: string }) => action === 'mfa_succeeded'))

  const refusal = await call(verify, { CHALLENGE_ID: challenge.id, CODE: '000000' })
  const shown = samples('json').map((text) => JSON.parse(text))
  const answers = [{ status: 'mfa_required', challenge }, session, { active, claims }, refusal]
  assert.equal(shown.length, answers.length)
  for (const [index, answer] of answers.entries()) assertHasFieldsOf(shown[index], answer)
  return undefined
})

test('the TypeScript samples of the integration page do what the page says', async (t) => {
  const { env, code } = await startWithUser(t)
  const input = samples('ts').join('\n').replaceAll('123456', code)
  const args = ['--conditions=source', '--input-type=module-typescript']
  assert.equal(
    await runProgram(process.execPath, args, { input, env, cwd: root }),
    'ada@example.org is in, with a second factor\nThat took too long. Please sign in again.\n',
  )
})

test('the TypeScript sample of the page on challenges does what the page says', async (t) => {
  const { env, code } = await startWithUser(t)
  const [verify = '', elsewhere = ''] = samples('ts', 'challenges')
  const args = ['--conditions=source', '--input-type=module-typescript']
  const run = (input: string) => runProgram(process.execPath, args, { input, env, cwd: root })
  assert.equal(await run(verify.replaceAll('123456', code)), "[ 'totp' ]\nada@example.org it is, by totp\n")
  assert.equal(await run(elsewhere), "otpauth://totp/Gatehouse:Grace\n[ 'Grace' ]\n")
})

test('the samples of the page on the SDK do what the page says', async (t) => {
  const { server, env } = await start(t)
  const token = await signInTo(server, env)
  const [verifying = '', guarding = ''] = samples('ts', 'sdk')
  const args = ['--conditions=source', '--input-type=module-typescript']
  const input = verifying.replace('verify(token)', `verify('${token}')`)
  assert.equal(await runProgram(process.execPath, args, { input, env, cwd: root }), 'hello, ada@example.org\n')

  const asking = `
    const ask = async (method, path) => (await fetch(address + path, { method, headers: { authorization: 'Bearer ${token}' } })).status
    console.log(await ask('GET', '/me'), await ask('POST', '/payouts'))
    await app.close()`
  const guarded = guarding.replace('port: 3000', "port: 0, host: '127.0.0.1'")
  assert.equal(await runProgram(process.execPath, args, { input: guarded + asking, env, cwd: root }), '200 401\n')
})

test('the TypeScript samples of the page on passkeys do what the page says', async (t) => {
  const { server, env } = await start(t)
  const gatehouse = await server.client()
  const { id } = await gatehouse.users.create({ email: 'ada@example.org', password: 'a few unrelated words' })
  // What the page of an application brings, here from an authenticator without a page.
  const around = `
    import { virtualPasskey as anyDevice } from '@gatehouse/testing/virtual-passkey'
    const user = { id: '${id}' }
    const device = anyDevice({ origin: 'https://app.example.test' })
    const fromPage = async (options) => ('user' in options ? device.create(options) : device.get(options))
  `
  const [sample = '', inTests = ''] = samples('ts', 'passkeys')
  const args = ['--conditions=source', '--input-type=module-typescript']
  const run = (input: string) => runProgram(process.execPath, args, { input, env, cwd: root })
  assert.match(await run(`${around}${sample}`), /^ada@example\.org [\w-]+\.[\w-]+\.[\w-]+\n$/)

  const judging = `
    const judged = (response) =>
      gatehouse.auth.passkey.verify({ response }).then(({ status }) => status, ({ code }) => code)
    await gatehouse.factors.activate({ id: factor.id, response: created })
    console.log(await judged(signedIn))`
  const trying = `
    import { createGatehouse } from '@gatehouse/sdk'
    const gatehouse = createGatehouse()
    const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: '${id}', type: 'webauthn' })
    const { options } = await gatehouse.auth.passkey.options({})
    ${inTests}${judging}`
  assert.equal(await run(trying), 'authenticated\n')
  const robbed = trying.replace('judged(signedIn)', 'judged(stolen)')
  assert.equal(await run(robbed), 'invalid_credentials\n')
})

test('the PHP sample of the integration page does what the page says', async (t) => {
  const php = judge('php', 'php-cli')
  if (php.missing) return t.diagnostic(`not checked: the PHP sample of docs/integrate.md (${php.missing})`)
  const { env, code } = await startWithUser(t)
  const [sample = ''] = samples('php')
  const output = await runProgram('php', [], { input: sample.replaceAll('123456', code), env })
  assert.equal(output, 'ada@example.org is in, with a second factor\n')
  return undefined
})
