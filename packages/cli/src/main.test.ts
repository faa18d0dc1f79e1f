import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { surroundings } from '../../../test/surroundings.ts'
import { gatehouse as runHere } from './test-gatehouse.ts'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

/** As an operator does, in a process of its own. */
function gatehouse(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    env: { ...surroundings(), ...env },
    encoding: 'utf8',
    input: '',
  })
  return { status, stdout, stderr }
}

function dataFolder(t: TestContext): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return { GATEHOUSE_DATA_DIR: join(folder, 'data') }
}

test('a client is created on a stopped server and its secret is printed once', (t) => {
  const env = dataFolder(t)
  const made = gatehouse(['clients', 'create', 'portal', '--allow', '127.0.0.1', '--allow', '::1', '--json'], env)
  assert.equal(made.status, 0, made.stderr)
  const { id, slug, secret, allow } = JSON.parse(made.stdout)
  assert.match(id, /^cli_/)
  assert.match(secret, /^gh_live_/)
  assert.deepEqual([slug, allow], ['portal', ['127.0.0.1', '::1']])

  const list = gatehouse(['clients', 'list', '--json'], env)
  assert.equal(JSON.parse(list.stdout).data[0].slug, 'portal')
  assert.doesNotMatch(list.stdout, /gh_live_/)

  const again = gatehouse(['clients', 'create', 'portal', '--allow', 'any'], env)
  assert.deepEqual([again.status, again.stdout], [1, ''])
  assert.match(again.stderr, /there is a client portal already/)
})

const refused: [string, string[], number, RegExp][] = [
  ['a wrong flag', ['dev', '--prot', '1'], 2, /unknown option '--prot'/],
  ['an unknown command', ['start'], 2, /unknown command 'start'/],
  ['a network of everybody', ['clients', 'create', 'portal', '--allow', '0.0.0.0/0'], 2, /write any/],
  ['a client that nobody may be', ['clients', 'create', 'portal'], 1, /say who may call/],
  ['a bad slug', ['clients', 'create', 'No Good', '--allow', 'any'], 2, /lower case/],
  ['an unknown tenant', ['clients', 'create', 'portal', '--allow', 'any', '--tenant', 'x'], 1, /there is no tenant x/],
  ['an unknown scope', ['clients', 'create', 'portal', '--allow', 'any', '--scope', 'all'], 2, /users:read/],
  ['an unknown scheme', ['clients', 'create', 'portal', '--allow', 'any', '--scheme', 'v3'], 2, /v1, v2, rfc9421/],
  ['an unknown problem', ['explain', 'nope'], 1, /There are: .*signature_invalid/],
  ['a secret that is no base32', ['totp', '0189'], 1, /no base32/],
  ['signing without a client', ['sign', '--body', '{}'], 1, /GATEHOUSE_CLIENT_ID is not set/],
]
test('problems and what wrong codes look like are explained', async (t) => {
  const explain = async (word: string) => (await runHere(t, ['explain', word])).stdout
  assert.match(await explain('mfa_code_invalid'), /^The code is not valid \(401\)\n.*server_time/)
  assert.match(await explain('clock_drift'), /^The code of another time\n.*automatic time/)
})

for (const [what, args, status, message] of refused) {
  test(`${what} is refused with one clear message and nothing on standard output`, async (t) => {
    // Which program it is main.ts decides.
    const answer = args[0] === 'clients' ? await runHere(t, args, dataFolder(t)) : gatehouse(args, dataFolder(t))
    assert.deepEqual([answer.status, answer.stdout], [status, ''])
    assert.match(answer.stderr, message)
    assert.doesNotMatch(answer.stderr, /\n\s+at /)
  })
}

test('all wrong settings are listed at once, with the name that was probably meant', (t) => {
  const env = { ...dataFolder(t), GATEHOUSE_PROT: '1', GATEHOUSE_HOST: '', GATEHOUSE_ENCRYPT_DATABASE: 'maybe' }
  const answer = gatehouse(['serve'], env)
  assert.equal(answer.status, 1)
  assert.match(answer.stderr, /GATEHOUSE_PROT is not a setting. Did you mean GATEHOUSE_PORT\?/)
  assert.match(answer.stderr, /GATEHOUSE_HOST: /)
  assert.match(answer.stderr, /GATEHOUSE_ENCRYPT_DATABASE: /)
})

test('a server that passwords would reach in plain HTTP is not started, and nothing is made for it', (t) => {
  const env = dataFolder(t)
  const bare = gatehouse(['serve', '--port', '0'], env)
  assert.deepEqual([bare.status, bare.stdout], [1, ''])
  assert.match(bare.stderr, /^gatehouse: [^\n]*GATEHOUSE_TLS_CERT_FILE[^\n]*GATEHOUSE_TRUSTED_PROXIES[^\n]*\n$/)
  const open = gatehouse(['dev', '--port', '0'], { ...env, GATEHOUSE_HOST: '0.0.0.0' })
  assert.deepEqual([open.status, open.stdout], [1, ''])
  assert.match(open.stderr, /^gatehouse: [^\n]*GATEHOUSE_HOST[^\n]*\n$/)
  const files = { GATEHOUSE_TLS_CERT_FILE: 'nowhere.crt', GATEHOUSE_TLS_KEY_FILE: 'nowhere.key' }
  const missing = gatehouse(['serve', '--port', '0'], { ...env, ...files })
  assert.deepEqual([missing.status, missing.stdout], [1, ''])
  assert.match(missing.stderr, /^gatehouse: The file [^\n]*nowhere\.crt cannot be read[^\n]*\n$/)
  assert.equal(existsSync(env['GATEHOUSE_DATA_DIR'] ?? ''), false)
})

test('the headers of a request are those of the classic scheme', () => {
  const env = { GATEHOUSE_CLIENT_ID: 'portal', GATEHOUSE_CLIENT_SECRET: 'cs_test_0123456789abcdef0123456789abcdef' }
  const { stdout } = gatehouse(['sign', '--body', '{}', '--timestamp', '1710072000'], env)
  assert.equal(
    stdout,
    `X-Client-Id: portal
X-Timestamp: 1710072000
X-Signature: sha256=96b9f265723a4529feb000deceabf17a14ebb54dbd633084cfae41a8e07952d5
`,
  )
})

const signer = { GATEHOUSE_CLIENT_ID: 'portal', GATEHOUSE_CLIENT_SECRET: 'cs_test_0123456789abcdef0123456789abcdef' }
const v2Parts = [
  '--timestamp',
  '1710072000',
  '--nonce',
  'n-0123456789_abcdef',
  '--path',
  '/v1/auth/login',
  '--body',
  '{}',
]
const v2Signature = 'v2=aa027fd6cd43b72afb4426befc8080a7edcc0174c4959db4328e9ef957b65d69'

test('the headers of a request are those of v2 if they are to be', async (t) => {
  const sign = async (...args: string[]) =>
    JSON.parse((await runHere(t, ['sign', '--scheme', 'v2', ...args, '--json'], signer)).stdout)
  assert.deepEqual(await sign(...v2Parts, '--host', 'AUTH.example.com'), {
    'X-Client-Id': 'portal',
    'X-Timestamp': '1710072000',
    'X-Nonce': 'n-0123456789_abcdef',
    'X-Signature': v2Signature,
  })
  const anew = async () => (await sign('--path', '/', '--host', 'a', '--body', ''))['X-Nonce']
  const nonces = [await anew(), await anew()]
  for (const nonce of nonces) assert.match(nonce, /^[0-9a-f]{32}$/)
  assert.notEqual(nonces[0], nonces[1])
})

test('a captured signature is compared with the right one, and what differs is said', async (t) => {
  const classic = 'sha256=96b9f265723a4529feb000deceabf17a14ebb54dbd633084cfae41a8e07952d5'
  const check = (signature: string, ...args: string[]) => runHere(t, ['sign', '--check', signature, ...args], signer)
  const right = await check(classic, '--timestamp', '1710072000', '--body', '{}')
  assert.deepEqual([right.status, right.stdout], [0, 'The signature is right.\n'])
  const late = await check(classic, '--timestamp', '1710072001', '--body', '{}')
  assert.deepEqual(
    [late.status, late.stdout],
    [1, 'The clock was read twice: what was signed is 1 s before X-Timestamp.\n'],
  )
  const host = await check(v2Signature, ...v2Parts, '--host', 'auth.example.com:8443', '--json')
  assert.deepEqual(JSON.parse(host.stdout), {
    right: false,
    differences: ['The host was signed without its port.'],
  })
  const other = await check(`sha256=${'0'.repeat(64)}`, '--timestamp', '1710072000', '--body', '{}')
  assert.equal(other.status, 1)
  assert.match(other.stdout, /^No usual mistake .* another secret/)
  assert.doesNotMatch(other.stdout + other.stderr, /cs_test/)
  assert.match((await check(v2Signature, '--timestamp', '1', '--body', '')).stderr, /--nonce is missing/)
})

test('a client that is to sign by some schemes is made so', async (t) => {
  const env = dataFolder(t)
  const args = ['clients', 'create', 'strict', '--allow', 'any', '--scheme', 'v2', '--scheme', 'rfc9421', '--json']
  const json = async (args: readonly string[]) => JSON.parse((await runHere(t, args, env)).stdout)
  assert.deepEqual((await json(args)).schemes, ['v2', 'rfc9421'])
  assert.deepEqual((await json(['clients', 'list', '--json'])).data[0].schemes, ['v2', 'rfc9421'])
})

test('help names every command and exits with success', () => {
  const { status, stdout } = gatehouse(['--help'])
  assert.equal(status, 0)
  for (const command of ['dev', 'serve', 'clients', 'sign', 'totp', 'explain'])
    assert.match(stdout, new RegExp(command))
})
