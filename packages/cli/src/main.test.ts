import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

function gatehouse(args: readonly string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    env: { PATH, ...env },
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
  ['an unknown problem', ['explain', 'nope'], 1, /There are: .*signature_invalid/],
  ['a secret that is no base32', ['totp', '0189'], 1, /no base32/],
  ['signing without a client', ['sign', '--body', '{}'], 1, /GATEHOUSE_CLIENT_ID is not set/],
]
for (const [what, args, status, message] of refused) {
  test(`${what} is refused with one clear message and nothing on standard output`, (t) => {
    const answer = gatehouse(args, dataFolder(t))
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

test('help names every command and exits with success', () => {
  const { status, stdout } = gatehouse(['--help'])
  assert.equal(status, 0)
  for (const command of ['dev', 'serve', 'clients', 'sign', 'totp', 'explain'])
    assert.match(stdout, new RegExp(command))
})
