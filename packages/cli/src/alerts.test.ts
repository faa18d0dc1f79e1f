import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createGatehouse, isGatehouseError } from '@gatehouse/sdk'
import { parseConfig } from '@gatehouse/server/config'
import { startServer } from '@gatehouse/server/main'
import { surroundings } from '../../../test/surroundings.ts'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

/** A machine that is busy needs longer for what takes a second. */
const patienceMs = 120_000

test('an alert of the running server is listed, acknowledged and resolved', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-alerts-'))
  const env = { ...surroundings(), GATEHOUSE_DATA_DIR: join(folder, 'data'), GATEHOUSE_LOGIN_CAPTCHA: 'never' }
  const gatehouse = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], { env })
    return stdout.trim()
  }
  const { slug, secret } = JSON.parse(await gatehouse('clients', 'create', 'portal', '--allow', '127.0.0.1', '--json'))
  const parsed = parseConfig({ ...env, GATEHOUSE_PORT: '0' })
  assert.ok(parsed.ok)
  const server = await startServer(parsed.config, 'development')
  t.after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  assert.equal(await gatehouse('alerts', 'list'), 'nothing to look at')

  const app = createGatehouse({ url: server.url, clientId: slug, secret })
  const email = 'ada@example.org'
  const user = await app.users.create({ email, password: 'a few unrelated words' })
  for (let tries = 0; tries < 5; tries++) {
    await assert.rejects(app.auth.login({ email, password: 'wrong password here' }), isGatehouseError)
  }
  const until = performance.now() + patienceMs
  let alert: { id: string; rule: string; user_id: string } | undefined
  while (!alert && performance.now() < until) {
    await wait(200)
    alert = JSON.parse(await gatehouse('alerts', 'list', '--json')).data[0]
  }
  assert.deepEqual([alert?.rule, alert?.user_id], ['account_locked', user.id])
  const id = alert?.id ?? ''
  assert.equal(await gatehouse('alerts', 'ack', id, '--reason', 'I call them'), `${id} is acknowledged`)
  assert.match(
    await gatehouse('alerts', 'list'),
    new RegExp(`^${id} {2}warning acknowledged {2}account_locked ×1 {2}usr_`),
  )
  assert.equal(await gatehouse('alerts', 'resolve', id, '--reason', 'a new keyboard'), `${id} is resolved`)
  assert.equal(await gatehouse('alerts', 'list'), 'nothing to look at')
  assert.match(await gatehouse('alerts', 'list', '--all'), /resolved {2}account_locked/)
  await assert.rejects(gatehouse('alerts', 'resolve', 'alr_0', '--reason', 'x'), /not/i)
})
