import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createGatehouse, isGatehouseError } from '@gatehouse/sdk'
import { parseConfig } from '@gatehouse/server/config'
import { startServer } from '@gatehouse/server/main'
import { surroundings } from '../../../test/surroundings.ts'
import { gatehouseHere } from './test-gatehouse.ts'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

function houseOf(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-clients-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const gatehouse = gatehouseHere(t, env)
  const run = (...args: string[]) => gatehouse('clients', ...args)
  return {
    env,
    run,
    json: async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout),
  }
}

test('an operator changes, disables and rotates a client of a stopped server', async (t) => {
  const { run, json } = houseOf(t)
  const made = await json('create', 'portal', '--allow', '127.0.0.1', '--scheme', 'v2')
  assert.ok(!made.scopes.includes('clients:write'), 'not unless it is said')

  const shown = await json('show', 'portal')
  assert.deepEqual([shown.id, shown.status, shown.schemes, shown.secrets.length], [made.id, 'active', ['v2'], 1])
  assert.equal(shown.secrets[0].last_four, made.secret.slice(-4))
  assert.ok(!JSON.stringify(shown).includes(made.secret.slice(-12)))
  assert.match((await run('show', 'portal')).stdout, /^slug\tportal$/m)

  // The command line may lead back to the classic scheme; the API may not.
  const changed = await json('change', 'portal', '--scheme', 'v1', '--scope', 'clients:read', '--limit', 'auth=5')
  assert.deepEqual([changed.schemes, changed.scopes, changed.limits], [['v1'], ['clients:read'], { auth: 5 }])
  assert.deepEqual(changed.allow, ['127.0.0.1'])
  await assert.rejects(run('change', 'portal'), /say what is to be changed/)
  await assert.rejects(run('change', 'portal', '--allow', '10.0.0.1/8'), /write 10\.0\.0\.0\/8/)
  await assert.rejects(run('show', 'nobody'), /there is no client nobody/)

  const { secret, old } = await json('secrets', 'rotate', 'portal', '--overlap', '24h')
  assert.match(secret.value, /^gh_live_/)
  assert.equal(Date.parse(old.expires_at) - Date.parse(secret.created_at), 24 * 3600 * 1000)
  await assert.rejects(run('secrets', 'rotate', 'portal', '--overlap', '8d'), /at most 7d/)
  await assert.rejects(run('secrets', 'rotate', 'portal'), /secret_overlap/)
  const { data } = await json('secrets', 'revoke', 'portal', old.id)
  assert.deepEqual(
    data.map(({ id }: { id: string }) => id),
    [secret.id],
  )
  await assert.rejects(run('secrets', 'revoke', 'portal', secret.id), /secret_is_last/)
  assert.match((await run('secrets', 'list', 'portal')).stdout, new RegExp(`^${secret.id}\t…${secret.last_four}\t`))
  assert.match(
    (await run('secrets', 'rotate', 'portal', '--overlap', '0')).stdout,
    /^GATEHOUSE_CLIENT_SECRET=gh_live_/m,
  )

  assert.equal((await json('disable', 'portal', '--reason', 'gone')).status, 'disabled')
  assert.equal((await json('enable', 'portal', '--reason', 'back')).status, 'active')
})

test('an operator lets a service account fetch tokens, with a key of its own', async (t) => {
  const { env, run, json } = houseOf(t)
  const file = join(env.GATEHOUSE_DATA_DIR, '..', 'service.jwk')
  const key = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  writeFileSync(file, JSON.stringify(key))
  const flags = ['--allow', '127.0.0.1', '--scheme', 'oauth', '--scope', 'users:read']
  const made = await json('create', 'night-import', ...flags, '--public-key', file)
  assert.deepEqual(made.schemes, ['oauth'])
  const shown = await json('show', 'night-import')
  assert.deepEqual([shown.schemes, shown.public_keys], [['oauth'], [key]])
  assert.match((await run('show', 'night-import')).stdout, /^schemes\toauth$/m)
  assert.deepEqual((await json('change', 'night-import', '--public-key', 'none')).public_keys, [])
  writeFileSync(file, JSON.stringify({ ...key, d: 'private' }))
  await assert.rejects(run('change', 'night-import', '--public-key', file), /and nothing else/)
})

test('a running server goes by what the command line has changed within a second', async (t) => {
  const { env } = houseOf(t)
  const beside = { env: { ...surroundings(), ...env } }
  const json = async (...args: string[]) =>
    JSON.parse((await promisify(execFile)(process.execPath, [program, 'clients', ...args, '--json'], beside)).stdout)
  const { slug, secret } = await json('create', 'portal', '--allow', '127.0.0.1')
  const parsed = parseConfig({ ...env, GATEHOUSE_PORT: '0' })
  assert.ok(parsed.ok)
  const server = await startServer(parsed.config, 'development')
  t.after(() => server.stop())
  const ask = (secret: string) =>
    createGatehouse({ url: server.url, clientId: slug, secret })
      .users.listPage({ limit: 1 })
      .then(
        () => 'served',
        (error: unknown) => (isGatehouseError(error) ? error.code : String(error)),
      )
  assert.equal(await ask(secret), 'served')
  const next = await json('secrets', 'rotate', 'portal', '--overlap', '0')
  await setTimeout(1000)
  assert.deepEqual([await ask(secret), await ask(next.secret.value)], ['signature_invalid', 'served'])
  await json('disable', 'portal', '--reason', 'gone')
  await setTimeout(1000)
  assert.equal(await ask(next.secret.value), 'client_not_allowed')
})
