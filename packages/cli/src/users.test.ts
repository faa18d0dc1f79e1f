import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { usualScopes } from '@gatehouse/contract/operation'
import { createGatehouse, isGatehouseError } from '@gatehouse/sdk'
import { parseConfig } from '@gatehouse/server/config'
import { startServer } from '@gatehouse/server/main'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { surroundings } from '../../../test/surroundings.ts'
import { gatehouseHere } from './test-gatehouse.ts'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

test('046 a lock is lifted beside the running server, at once and on record', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-users-'))
  const env = { ...surroundings(), GATEHOUSE_DATA_DIR: join(folder, 'data'), GATEHOUSE_LOGIN_CAPTCHA: 'never' }
  const gatehouse = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args], { env })
  const made = await gatehouse('clients', 'create', 'portal', '--allow', '127.0.0.1', '--json')
  const { slug, secret } = JSON.parse(made.stdout)

  const parsed = parseConfig({ ...env, GATEHOUSE_PORT: '0', GATEHOUSE_LOGIN_CAPTCHA: 'never' })
  assert.ok(parsed.ok)
  const server = await startServer(parsed.config, 'development')
  t.after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  const app = createGatehouse({ url: server.url, clientId: slug, secret })
  const email = 'ada@example.org'
  const password = 'a few unrelated words'
  const ada = await app.users.create({ email, password })
  const login = (given: string) =>
    app.auth.login({ email, password: given }).then(
      ({ status }) => status,
      (error) => (isGatehouseError(error) ? error.code : String(error)),
    )
  for (let i = 0; i < 5; i++) assert.equal(await login('wrong password here'), 'invalid_credentials')
  assert.equal(await login(password), 'too_many_attempts')

  const { stdout } = await gatehouse('users', 'unlock', 'ADA@example.org', '--reason', 'called the help desk', '--json')
  assert.equal(JSON.parse(stdout).email, email)
  assert.equal(await login(password), 'authenticated')
  const { data } = await app.auditEvents.listPage({ action: 'user_unlocked' })
  assert.deepEqual(
    data.map((event) => [event.actor, event.data['reason']]),
    [['operator', 'called the help desk']],
  )
  const issued = await gatehouse('users', 'access-pass', email, '--reason', 'lost phone', '--lifetime', '600', '--json')
  assert.match(JSON.parse(issued.stdout).code, /^([0-9a-z]{4}-){5}[0-9a-z]{4}$/)
  assert.equal(await login(password), 'mfa_required', 'the pass is asked for')
  await gatehouse('users', 'reset-mfa', ada.id, '--reason', 'lost phone')
  assert.equal(await login(password), 'authenticated')
  await assert.rejects(gatehouse('users', 'unlock', 'nobody@example.org', '--reason', 'x'), /there is no user/)
})

test('what is done with the data folder is done by the API as well, as far as its client may', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient({ scopes: [...usualScopes, 'policy:write', 'alerts:write'] })
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-far-'))
  t.after(() => rmSync(folder, { recursive: true }))
  // No data is here.
  const env = {
    GATEHOUSE_DATA_DIR: join(folder, 'data'),
    GATEHOUSE_CLIENT_ID: slug,
    GATEHOUSE_CLIENT_SECRET: secret,
  }
  // The clock of the server stands still: a signature is good for minutes.
  const run = gatehouseHere(t, env)
  const far = async (...args: string[]) => (await run(...args, '--url', server.url)).stdout.trim()
  const id = await far('users', 'create', 'ada@example.org', '--name', 'Ada')
  assert.match(await far('users', 'show', 'ADA@example.org'), new RegExp(`^id\t${id}\n[^]*mfa_state\tnone`))
  assert.match(await far('users', 'list'), new RegExp(`${id}\tada@example.org\tactive`))
  assert.equal(await far('users', 'unlock', id, '--reason', 'asked'), `${id} can sign in again`)
  assert.match(await far('policy', 'set', '--mfa', 'required', '--reason', 'law'), /^mfa required\n/)
  assert.match(await far('policy', 'show'), /^mfa required\n/)
  assert.equal(await far('sessions', 'list', id), '')
  assert.equal(await far('factors', 'list', id), '')
  assert.equal(await far('alerts', 'list'), 'nothing to look at')
  assert.match(await far('slo'), /sign_in +≥ 99.5 %/)
  const refused = (pattern: RegExp) => (error: { code?: unknown; stderr?: string }) => {
    assert.equal(error.code, 1)
    assert.match(error.stderr ?? '', pattern)
    return true
  }
  await assert.rejects(far('users', 'show', 'nobody@example.org'), refused(/no user with this address there/))
  await assert.rejects(far('users', 'show', `usr_${'0'.repeat(26)}`), refused(/not_found/))
  const { GATEHOUSE_CLIENT_SECRET: _, ...without } = env
  await assert.rejects(
    gatehouseHere(t, without)('users', 'list', '--url', server.url),
    refused(/GATEHOUSE_CLIENT_SECRET is not set/),
  )
  assert.equal(existsSync(env.GATEHOUSE_DATA_DIR), false)
})
