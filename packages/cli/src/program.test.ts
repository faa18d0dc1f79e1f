import assert from 'node:assert/strict'
import { randomBytes, scryptSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { parseConfig } from '@gatehouse/server/config'
import { startServer } from '@gatehouse/server/main'
import { startTestServer, unlimited } from '@gatehouse/testing/start-test-server'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import type { Command } from 'commander'
import { certificateMaker } from '../../../test/certificate.ts'
import { judge } from '../../../test/judge.ts'
import { gatehouseProgram } from './program.ts'
import { gatehouse } from './test-gatehouse.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8')

function dataFolder(t: TestContext): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return { GATEHOUSE_DATA_DIR: join(folder, 'data') }
}

/** Every command that does something, by its words. */
function leaves(command: Command, words: readonly string[] = []): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[words.join(' '), command]]
  return command.commands.flatMap((each) => leaves(each, [...words, each.name()]))
}

/** What prints something made for other programs, or goes on until it is stopped. */
const otherwise = ['completion', 'audit export', 'webhooks listen']

test('every command prints JSON if it is asked to, and is on the page', () => {
  for (const [words, command] of leaves(gatehouseProgram())) {
    assert.ok(page.includes(`\`${words}`), `docs/cli.md does not have ${words}`)
    const prints = command.options.some(({ long }) => long === '--json')
    assert.equal(prints, !otherwise.includes(words), words)
  }
})

test('the exit code says whether it was done, failed, or was not understood', async (t) => {
  const env = dataFolder(t)
  const exits = async (...args: string[]) => (await gatehouse(t, args, env)).status
  assert.equal(await exits('explain', 'mfa_required'), 0)
  assert.equal(await exits('--version'), 0)
  assert.equal(await exits('explain', 'nonsense'), 1)
  assert.equal(await exits('users', 'show', 'nobody@example.org'), 1)
  for (const wrong of [['user'], ['users', 'lst'], ['users', 'list', '--lmit', '1'], ['users', 'show'], []]) {
    assert.equal(await exits(...wrong), 2, wrong.join(' '))
  }
  for (const limit of ['0', '-1', 'x', '1e3']) assert.equal(await exits('users', 'list', '--limit', limit), 2, limit)
})

test('people, their factors and their sessions are looked at and changed on the data folder', async (t) => {
  const env = dataFolder(t)
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await gatehouse(t, [...args, '--json'], env)
    assert.deepEqual([status, stderr], [0, ''], args.join(' '))
    return JSON.parse(stdout)
  }
  const file = `${env['GATEHOUSE_DATA_DIR']}.password`
  writeFileSync(file, 'a few unrelated words\n')
  const { id, name } = await run('users', 'create', 'Ada@example.org', '--name', 'Ada', '--password-file', file)
  assert.equal(name, 'Ada')
  const { email, mfa_state } = await run('users', 'show', 'ada@EXAMPLE.org')
  assert.deepEqual([email, mfa_state], ['Ada@example.org', 'none'])
  await run('users', 'create', 'grace@example.org')
  assert.deepEqual(
    (await run('users', 'list')).data.map((each: { email: string }) => each.email),
    ['grace@example.org', 'Ada@example.org'],
  )
  assert.equal((await run('users', 'list', '--limit', '1')).data.length, 1)
  assert.deepEqual((await run('users', 'list', '--tenant', 'default-test')).data, [])
  const again = await gatehouse(t, ['users', 'create', 'ada@example.org'], env)
  assert.deepEqual([again.status, again.stdout], [1, ''])
  assert.match(again.stderr, /^gatehouse: [^\n]*\(email_taken\)[^\n]*\n$/)

  const pass = await run('users', 'access-pass', id, '--reason', 'first day')
  const { data: factors } = await run('factors', 'list', 'ada@example.org')
  assert.deepEqual(
    factors.map((factor: { id: string }) => factor.id),
    [pass.factor.id],
  )
  await run('factors', 'remove', pass.factor.id)
  assert.deepEqual((await run('factors', 'list', id)).data, [])
  assert.deepEqual((await run('sessions', 'list', id)).data, [])
  await run('sessions', 'revoke', '--all-of', id, '--reason', 'a lost phone')
  assert.equal((await gatehouse(t, ['sessions', 'revoke', '--reason', 'x'], env)).status, 1)
  assert.equal((await gatehouse(t, ['factors', 'remove', 'fac_x'], env)).status, 1)
})

test('the service levels are a table, and JSON if asked for', async (t) => {
  const env = dataFolder(t)
  const { levels } = JSON.parse((await gatehouse(t, ['slo', '--json', '--since', '24h'], env)).stdout)
  assert.ok(levels.every(({ value }: { value: unknown }) => value === null))
  const table = (await gatehouse(t, ['slo'], env)).stdout
  assert.match(table, /^mfa_time +≥ 99 % within 3000 ms +– +0 of 0 +– +nothing to count$/m)
  const wrong = await gatehouse(t, ['slo', '--since', 'yesterday'], env)
  assert.deepEqual([wrong.status, wrong.stdout], [1, ''])
})

test('people of another system come with their passwords and apps, and go out again', async (t) => {
  const env = dataFolder(t)
  const file = `${env['GATEHOUSE_DATA_DIR']}.jsonl`
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
  const salt = randomBytes(16)
  const key = scryptSync('a few unrelated words', salt, 32, { N: 1024, r: 8, p: 1 })
  const bare = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')
  const ada = {
    email: 'Ada@example.org',
    email_verified: true,
    name: 'Ada',
    password_hash: `$scrypt$ln=10,r=8,p=1$${bare(salt)}$${bare(key)}`,
    totp: [{ secret, digits: 8 }],
  }
  const lines = [
    ada,
    { external_id: 'u-2', disabled: true },
    { ...ada, email: 'ADA@example.org' },
    { email: 'b@example.org', password_hash: '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW' },
    { email: 'c@example.org', totp: [{ secret: '0' }] },
    { mail: 'd@example.org' },
  ]
  writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n\nnonsense\n`)
  const rehearsed = await gatehouse(t, ['users', 'import', file, '--dry-run', '--json'], env)
  assert.equal(JSON.parse(rehearsed.stdout).imported, 4)
  const first = await gatehouse(t, ['users', 'import', file, '--json'], env)
  assert.equal(first.status, 1)
  const { imported, skipped } = JSON.parse(first.stdout)
  assert.equal(imported, 2)
  assert.deepEqual(
    skipped.map(({ line }: { line: number }) => line),
    [3, 4, 5, 6, 8],
  )
  assert.doesNotMatch(first.stdout, /R9h|JBSW/)
  const { stdout } = await gatehouse(t, ['users', 'export', '--with-secrets'], env)
  const people = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(people, [
    { external_id: 'u-2', role: 'user', email_verified: false, disabled: true },
    {
      email: 'Ada@example.org',
      name: 'Ada',
      role: 'user',
      email_verified: true,
      disabled: false,
      totp: [{ secret, algorithm: 'sha1', digits: 8 }],
    },
  ])
  const without = await gatehouse(t, ['users', 'export'], env)
  assert.doesNotMatch(without.stdout, /totp/)

  const server = await startTestServer({ settings: env })
  t.after(() => server.stop())
  const sdk = await server.client({ tenant: 'default' })
  const signIn = () => sdk.auth.login({ email: 'ada@example.org', password: 'a few unrelated words' })
  await assert.rejects(sdk.auth.login({ email: 'ada@example.org', password: 'other words' }), {
    code: 'invalid_credentials',
  })
  const rehashes = async () => (await sdk.auditEvents.listPage({ action: 'password_rehashed' })).data.length
  const step = await signIn()
  assert.ok(step.status === 'mfa_required')
  assert.equal(await rehashes(), 1)
  const phone = virtualPhone()
  const account = phone.scan(`otpauth://totp/x:ada?secret=${secret}&digits=8`)
  const answer = await sdk.challenges.verify({ id: step.challenge.id, code: phone.code(account, server.clock.now()) })
  assert.equal(answer.status, 'authenticated')
  await signIn()
  assert.equal(await rehashes(), 1)
})

test('settings are checked and printed, secrets never', async (t) => {
  const env = { ...dataFolder(t), GATEHOUSE_PORT: '4200', GATEHOUSE_DATABASE_URL: 'postgres://u:hidden@db/x' }
  assert.deepEqual(JSON.parse((await gatehouse(t, ['config', 'check', '--json'], env)).stdout), { right: true })
  const { stdout, stderr } = await gatehouse(t, ['config', 'print'], env)
  assert.match(stdout, /^GATEHOUSE_PORT=4200$/m)
  assert.match(stdout, /^GATEHOUSE_DATABASE_URL=\(given, not shown\)$/m)
  assert.doesNotMatch(stdout + stderr, /hidden/)
  const wrong = await gatehouse(t, ['config', 'check'], { GATEHOUSE_PROT: '1', GATEHOUSE_ENCRYPT_DATABASE: 'maybe' })
  assert.equal(wrong.status, 1)
  assert.match(wrong.stderr, /GATEHOUSE_PORT[\s\S]*GATEHOUSE_ENCRYPT_DATABASE/)
})

test('any call is made from far away, signed', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient({ schemes: ['v2'] })
  const env = { GATEHOUSE_URL: server.url, GATEHOUSE_CLIENT_ID: slug, GATEHOUSE_CLIENT_SECRET: secret }
  const made = await gatehouse(t, ['api', 'post', '/v1/users', '--body', '{"email":"ada@example.org"}'], env)
  assert.deepEqual([made.status, made.stderr], [0, ''])
  const { id } = JSON.parse(made.stdout)
  const read = await gatehouse(t, ['api', 'GET', '/v1/users?email=ada%40example.org&limit=1'], env)
  assert.equal(JSON.parse(read.stdout).data[0].id, id)
  const refused = await gatehouse(t, ['api', 'GET', '/v1/users/usr_x'], env)
  assert.deepEqual([refused.status, JSON.parse(refused.stdout).code], [1, 'invalid_request'])
  const nowhere = await gatehouse(t, ['api', 'GET', '/v1/users'], { ...env, GATEHOUSE_URL: 'http://127.0.0.1:1' })
  assert.equal(nowhere.status, 1)
  assert.match(nowhere.stderr, /^gatehouse: http:\/\/127\.0\.0\.1:1 cannot be reached[^\n]*\n$/)
})

test('a doctor looks at clock, settings, data and mail, and fails where something is an error', async (t) => {
  const env = { ...dataFolder(t), GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1' }
  const { status, stdout, stderr } = await gatehouse(t, ['doctor', '--ntp', 'none', '--json'], env)
  assert.deepEqual([status, stderr], [0, ''])
  const { healthy, findings } = JSON.parse(stdout)
  assert.equal(healthy, true)
  const states = findings.map(({ about, state }: { about: string; state: string }) => `${about} ${state}`)
  assert.deepEqual(states, [
    'settings warning',
    'database ok',
    'secrets ok',
    'keys ok',
    'administrators ok',
    'backup warning',
    'record ok',
    'mail warning',
  ])
  await gatehouse(t, ['users', 'create', 'root@example.org', '--role', 'admin'], env)
  const admin = await gatehouse(t, ['doctor', '--ntp', 'none'], env)
  assert.equal(admin.status, 1)
  assert.match(admin.stdout, /^ XX administrators +root@example\.org with the role admin/m)
  const made = certificateMaker(t)?.('carelessly-kept')
  if (made) chmodSync(made.keyFile, 0o644)
  const open = await gatehouse(t, ['doctor', '--ntp', '127.0.0.1:9', '--json'], {
    ...env,
    GATEHOUSE_TRUSTED_PROXIES: '::1',
    ...(made && { GATEHOUSE_TLS_CERT_FILE: made.certFile, GATEHOUSE_TLS_KEY_FILE: made.keyFile }),
  })
  assert.match(open.stdout, /"about":"clock","state":"warning"/)
  if (made) assert.match(open.stdout, /"about":"certificate","state":"warning","text":"its key can be read by others"/)
})

test('a backup is made, verified and restored, and what it would change is told before', async (t) => {
  const env = dataFolder(t)
  const folder = `${env['GATEHOUSE_DATA_DIR']}`
  const run = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
    const { status, stdout, stderr } = await gatehouse(t, [...args, '--json'], { ...env, ...more })
    assert.deepEqual([status, stderr], [0, ''], args.join(' '))
    return JSON.parse(stdout)
  }
  assert.deepEqual(await run(['upgrade', 'plan']), { current: false, missing: ['0001-first'] })
  await run(['users', 'create', 'ada@example.org'])
  assert.deepEqual(await run(['upgrade', 'plan']), { current: true, missing: [] })
  assert.deepEqual(await run(['migrate']), { applied: [] })
  const file = `${folder}.backup`
  const made = await run(['backup', 'create', '--to', file])
  assert.equal(made.key_encryption_key, 'k1')
  assert.equal((await run(['backup', 'verify', file])).sha256, made.sha256)
  const { made_at } = await run(['restore', file, '--into', `${folder}.restored`, '--keys', `${folder}/keys`])
  assert.equal(made_at, made.made_at)
  const restored = { GATEHOUSE_DATA_DIR: `${folder}.restored` }
  assert.equal((await run(['users', 'show', 'ada@example.org'], restored)).email, 'ada@example.org')
  const verdict = await run(['audit', 'verify'], restored)
  assert.equal(verdict.fits, true)
  const { data: keys } = await run(['keys', 'status'], restored)
  assert.deepEqual(keys, (await run(['keys', 'status'])).data)
  assert.ok(keys.length >= 5)
  // Into what is there already, and without saying what.
  assert.equal((await gatehouse(t, ['restore', file], env)).status, 1)
  assert.equal((await gatehouse(t, ['restore'], env)).status, 1)
  assert.equal((await gatehouse(t, ['restore', '--done-elsewhere', '2999-01-01'], env)).status, 1)
  await run(['restore', '--done-elsewhere', made_at], restored)
})

test('keys are rotated, retired and revoked, and each refusal says why', async (t) => {
  const env = dataFolder(t)
  const run = async (...args: string[]) => {
    const { status, stdout, stderr } = await gatehouse(t, ['keys', ...args, '--json'], env)
    return { status, stderr, said: stdout === '' ? undefined : JSON.parse(stdout) }
  }
  interface Shown {
    readonly id: string
    readonly purpose: string
    readonly state: string
    readonly records?: number
    readonly percent?: number
  }
  const list = async (purpose: string): Promise<readonly Shown[]> =>
    (await run('status')).said.data.filter((key: Shown) => key.purpose === purpose)
  await gatehouse(t, ['clients', 'create', 'portal', '--allow', '127.0.0.1'], env)
  const [first] = await list('data')
  assert.ok(first)
  assert.deepEqual([first.state, first.records, first.percent], ['in use', 1, 100])
  assert.match((await run('retire', first.id)).stderr, /is in use/)
  const made = await run('rotate')
  assert.deepEqual([made.status, made.said.purpose], [0, 'data'])
  assert.deepEqual(
    (await list('data')).map(({ id, state, records, percent }) => [id, state, records, percent]),
    [
      [first.id, 'replaced', 1, 100],
      [made.said.id, 'in use', 0, 0],
    ],
  )
  assert.match((await run('retire', first.id)).stderr, /1 records are still sealed by/)
  // Nothing is sealed by the key that is replaced now, and somebody may be about to.
  await run('rotate')
  assert.match((await run('retire', made.said.id, '--now')).stderr, /was replaced a moment ago/)
  assert.match((await run('retire', 'key_x')).stderr, /There is no key/)

  const [root] = await list('token_root')
  assert.ok(root)
  assert.match((await run('retire', root.id)).stderr, /is no data key/)
  const next = (await run('rotate', 'tokens')).said
  assert.match((await run('revoke', first.id)).stderr, /is no key of tokens/)
  assert.equal((await run('revoke', next.id)).status, 0)
  const left = (await list('token_root')).map(({ id, state }) => [id, state])
  assert.equal(left.length, 2)
  assert.deepEqual(left[0], [root.id, 'replaced'])
  assert.equal((await gatehouse(t, ['keys', 'rotate', 'pepper'], env)).status, 2)

  assert.match((await run('retire', 'k1')).stderr, /k1 is in use/)
  assert.equal((await run('rotate', 'key-encryption-key')).said.id, 'k2')
  assert.deepEqual(
    (await list('key_encryption')).map(({ id, state, percent }) => [id, state, percent]),
    [
      ['k2', 'in use', 100],
      ['k1', 'replaced', 0],
    ],
  )
  assert.equal((await run('retire', 'k1')).status, 0)
  assert.match((await run('retire', 'k1')).stderr, /There is no key k1/)
})

test('an installation is loaded by its test tenant alone, and left as it was', async (t) => {
  const folder = dataFolder(t)
  const newClient = async (slug: string, tenant: string) =>
    JSON.parse(
      (await gatehouse(t, ['clients', 'create', slug, '--tenant', tenant, '--allow', '127.0.0.1', '--json'], folder))
        .stdout,
    )
  const { secret } = await newClient('load', 'default-test')
  const live = await newClient('portal', 'default')
  // By the clock of the machine, as the command goes.
  const config = parseConfig({ ...folder, GATEHOUSE_PORT: '0' })
  assert.ok(config.ok)
  const server = await startServer(config.config, 'development', { ...defaultPolicy(), ...unlimited })
  t.after(() => server.stop())
  const env = { GATEHOUSE_URL: server.url, GATEHOUSE_CLIENT_ID: 'load', GATEHOUSE_CLIENT_SECRET: secret }
  const args = ['bench', '--validations', '50', '--sign-ins', '3', '--at-once', '3', '--json']
  const { status, stdout, stderr } = await gatehouse(t, args, env)
  assert.deepEqual([status, stderr], [0, ''], stdout)
  const { sign_ups, sign_ins, validations } = JSON.parse(stdout)
  assert.deepEqual([sign_ups.calls, sign_ins.calls, validations.calls], [3, 3, 50])
  assert.deepEqual(validations.failures, {})
  assert.ok(validations.p99Ms >= validations.p50Ms)
  const { stdout: left } = await gatehouse(t, ['users', 'list', '--tenant', 'default-test', '--json'], folder)
  assert.deepEqual(JSON.parse(left).data, [])
  const refused = await gatehouse(t, args, {
    ...env,
    GATEHOUSE_CLIENT_ID: 'portal',
    GATEHOUSE_CLIENT_SECRET: live.secret,
  })
  assert.equal(refused.status, 1)
  assert.match(refused.stderr, /not of a test tenant/)
  assert.equal((await gatehouse(t, ['bench', '--at-once', '201'], env)).status, 2)
})

/** What a shell would offer after these words, the last of which is not finished. */
const asking: Readonly<Record<string, (script: string, words: readonly string[]) => string>> = {
  bash: (script, words) =>
    `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length - 1}\n_gatehouse\nprintf '%s\\n' "\${COMPREPLY[@]}"`,
  fish: (script, words) => `${script}\ncomplete -C '${words.join(' ')}'`,
}

for (const [shell, ask] of Object.entries(asking)) {
  test(`${shell} completes commands and options`, async (t) => {
    const found = judge(shell, shell)
    if (found.missing) return t.diagnostic(`not checked: completion in ${shell} (${found.missing})`)
    const { stdout: script } = await gatehouse(t, ['completion', shell])
    const offer = (...words: string[]) =>
      found
        .run(['-c', ask(script, words)])
        .trim()
        .split('\n')
        .map((line) => line.split('\t')[0])
        .sort()
    assert.deepEqual(offer('gatehouse', 'se'), ['serve', 'sessions'])
    assert.deepEqual(offer('gatehouse', 'clients', 'secrets', 'r'), ['revoke', 'rotate'])
    assert.deepEqual(offer('gatehouse', 'users', '--tenant', 'default', 'list', '--te'), ['--tenant'])
    return undefined
  })
}

test('zsh takes the completion of bash', async (t) => {
  const zsh = judge('zsh', 'zsh')
  if (zsh.missing) return t.diagnostic(`not checked: completion in zsh (${zsh.missing})`)
  const { stdout: script } = await gatehouse(t, ['completion', 'zsh'])
  const said = zsh.run(['-f', '-c', `autoload -U compinit && compinit -u -D\n${script}\nprint $_comps[gatehouse]`])
  assert.match(said, /_bash_complete.*_gatehouse/)
  return undefined
})
