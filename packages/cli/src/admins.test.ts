import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gatehouseHere } from './test-gatehouse.ts'

test('160 the first owner is made on the host, and the last one is not taken away there either', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-admins-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { GATEHOUSE_DATA_DIR: join(folder, 'data') }
  const run = gatehouseHere(t, env)
  const json = async (...args: string[]) => JSON.parse((await run('admins', ...args, '--json')).stdout)

  const made = await run('admins', 'create', 'ada@example.org', '--role', 'owner')
  assert.match(made.stdout, /^http:\/\/localhost:4100\/password\/reset#prt_[0-9A-Za-z]{49}\n$/)
  assert.match(made.stderr, /good once, until/)
  await assert.rejects(run('admins', 'create', 'ADA@example.org', '--role', 'admin'), /email_taken/)
  await assert.rejects(run('admins', 'create', 'eve@example.org', '--role', 'king'), /Allowed choices are owner, admin/)
  await assert.rejects(json('create', 'x@example.org', '--role', 'support', '--tenant', 'system'), /tenants|not valid/)

  const helper = await json('create', 'bob@example.org', '--role', 'support', '--tenant', 'default-test')
  assert.deepEqual([helper.role, helper.tenants, helper.has_mfa], ['support', ['default-test'], false])
  const lines = (await run('admins', 'list')).stdout.trim().split('\n')
  assert.match(lines[0] ?? '', /^usr_\w+\tada@example\.org\towner\tall tenants\tno mfa yet$/)
  assert.equal(lines.length, 2)

  for (const args of [
    ['remove', 'ada@example.org'],
    ['role', 'ada@example.org', '--role', 'auditor'],
  ]) {
    await assert.rejects(run('admins', ...args, '--reason', 'x'), /last_owner/)
  }
  // The way back for an owner who has lost everything.
  await json('reset-mfa', 'ada@example.org', '--reason', 'lost the phone')
  assert.notEqual((await json('link', 'ada@example.org', '--reason', 'not used in time')).link, made.stdout.trim())
  assert.equal((await json('role', helper.id, '--role', 'admin', '--reason', 'more to do')).role, 'admin')
  await json('remove', 'Bob@example.org', '--reason', 'left')
  await assert.rejects(run('admins', 'unlock', 'bob@example.org', '--reason', 'x'), /there is no administrator/)
  assert.equal((await json('create', 'bob@example.org', '--role', 'auditor')).role, 'auditor')

  // No application, and none of the other commands, is of the administrators' tenant.
  await assert.rejects(
    run('clients', 'create', 'sly', '--allow', 'any', '--tenant', 'system'),
    /there is no tenant system/,
  )
  await assert.rejects(run('clients', 'create', 'console', '--allow', 'any'), /there is a client console already/)
  await assert.rejects(run('users', 'list', '--tenant', 'system'), /there is no tenant system/)
  await assert.rejects(
    run('policy', 'set', '--mfa', 'optional', '--reason', 'x', '--tenant', 'system'),
    /no tenant system/,
  )
})
