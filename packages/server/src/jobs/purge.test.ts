import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { purgeAlerts } from '../alerts/purge-alerts.ts'
import { purgeDevices } from '../devices/purge-devices.ts'
import { purgeFactors } from '../factors/purge-factors.ts'
import { purgeQuestions } from '../factors/purge-questions.ts'
import { purgeTexts } from '../guard/purge-texts.ts'
import { purgeCodes } from '../hosted/purge-codes.ts'
import { purgeKeptAnswers } from '../idempotency/purge-kept-answers.ts'
import { dayMs, hourMs } from '../kernel/durations.ts'
import { defaultTenantId } from '../kernel/tenants.ts'
import { purgeMailTokens } from '../mail-tokens/mail-tokens.ts'
import { purgeClientTokens } from '../oauth/purge-client-tokens.ts'
import { purgePast } from '../risk/purge-past.ts'
import { purgeSessions } from '../sessions/purge-sessions.ts'
import { purgeChallenges } from '../sign-in/purge-challenges.ts'
import type { Schema } from '../storage/schema.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { write } from '../storage/write.ts'
import { systemContext } from '../system-context.ts'
import { createJobLoop } from './job-loop.ts'
import { noLeases } from './leases.ts'
import { purgeJob } from './purge.job.ts'

/** Inserts a row as it is given. */
function insert<Table extends keyof Schema>(table: Table, row: object) {
  return write<object>('exactlyOne', table, (db) => db.insertInto(table).values(row as never))({})
}

onBothEngines('what has had its time is cleared away, and nothing else', async (_t, open) => {
  const storage = await open()
  const policy = { ...defaultPolicy(), sessionKeepDays: 10, alertDays: 50, pastDays: 100 }
  const now = Date.parse('2026-11-22T12:00:00Z')
  const owner = { tenant_id: defaultTenantId, user_id: 'usr_1' }
  const both = { ...owner, client_id: 'cli_1' }
  const client = { id: 'cli_1', tenant_id: defaultTenantId, slug: 'app', name: 'App', created_at: now }
  const rules = {
    allow_list: '[]',
    scopes: '[]',
    schemes: '[]',
    limits: '{}',
    numeric_sub: 0,
    local_verification: 0,
    token_key_number: 0,
    version: 1,
  }
  const user = { id: 'usr_1', tenant_id: defaultTenantId, email: 'a@b.test', email_key: 'a@b.test', role: 'user' }
  const proof = { amr: '[]', created_at: now }
  const challenge = { ...both, ...proof, purpose: 'sign_in', user_version: 1, factors_version: 1 } as const
  const session = { ...both, ...proof, acr: 'aal1', auth_time: now, secret: new Uint8Array(1), refreshed_at: now }
  const factor = { ...owner, type: 'totp', data: new Uint8Array(1), version: 1, created_at: now }
  const device = { ...owner, created_at: now }
  const asked = { tenant_id: defaultTenantId, purpose: 'sign_in', kept: new Uint8Array(1), tries: 3, created_at: now }
  const link = { tenant_id: defaultTenantId, client_id: 'cli_1', subject: 'usr_1', about: '{}' }
  const text = { state: 'x', version: 1 }
  const times = { first_at: 0, last_at: 0, raised_at: 0, delay_ms: 0 }
  const lists = { reasons: '[]', users: '[]', event_ids: '[]' }
  const alert = {
    tenant_id: defaultTenantId,
    rule: 'many_accounts',
    subject: 's',
    count: 1,
    version: 1,
    ...times,
    ...lists,
  }
  const answer = { tenant_id: defaultTenantId, client_id: 'cli_1', sealed: new Uint8Array(1), attempt: 1 }
  const token = { tenant_id: defaultTenantId, client_id: 'cli_1', client_slug: 'app', credential: 's', scopes: '[]' }
  const attempt = { ...answer, holder: 'h', runs_until: now }
  const lately = now - dayMs + 1
  const longAgo = now - dayMs
  const code = { ...both, session_id: 'ses_alive', redirect_uri: 'x', code_challenge: 'x', created_at: longAgo }
  const hash = () => randomBytes(32)
  const { done } = await storage.commit(
    [
      insert('client', { ...client, ...rules }),
      insert('user', { ...user, created_at: now, updated_at: now, version: 1 }),
      // More than one batch.
      ...Array.from({ length: 1200 }, (_, index) =>
        insert('challenge', { ...challenge, id: `chl_old_${index}`, expires_at: longAgo - index }),
      ),
      insert('challenge', { ...challenge, id: 'chl_kept', expires_at: lately }),
      insert('factor', { ...factor, id: 'fac_old', expires_at: longAgo }),
      insert('factor', { ...factor, id: 'fac_pending', expires_at: lately }),
      insert('factor', { ...factor, id: 'fac_active', expires_at: null, confirmed_at: longAgo }),
      insert('question', { ...asked, id: 'qst_old', subject: 'fac_old', expires_at: now }),
      insert('question', { ...asked, id: 'qst_kept', subject: 'fac_kept', expires_at: now + 1 }),
      insert('device', { ...device, id: 'dev_old', token_hash: hash(), expires_at: longAgo }),
      insert('device', { ...device, id: 'dev_kept', token_hash: hash(), expires_at: lately }),
      insert('session', { ...session, id: 'ses_expired', expires_at: now - 10 * dayMs }),
      insert('session', { ...session, id: 'ses_ended', expires_at: now + dayMs, ended_at: now - 10 * dayMs }),
      insert('session', { ...session, id: 'ses_lately', expires_at: now + dayMs, ended_at: now - 10 * dayMs + 1 }),
      insert('session', { ...session, id: 'ses_alive', expires_at: now + dayMs }),
      insert('mail_token', { ...link, token_hash: hash(), expires_at: now }),
      insert('mail_token', { ...link, token_hash: hash(), expires_at: now + 1 }),
      insert('authorization_code', { ...code, hash: hash(), expires_at: now - hourMs }),
      insert('authorization_code', { ...code, hash: hash(), expires_at: now - hourMs + 1 }),
      insert('client_token', { ...token, hash: hash(), created_at: longAgo, expires_at: now }),
      insert('client_token', { ...token, hash: hash(), created_at: longAgo, expires_at: now + 1 }),
      insert('kept_answer', { ...attempt, key: hash(), expires_at: now }),
      insert('kept_answer', { ...attempt, key: hash(), expires_at: now + 1 }),
      insert('alert', { ...alert, id: 'alr_old', state: 'resolved', changed_at: now - 50 * dayMs - 1 }),
      insert('alert', { ...alert, id: 'alr_over', state: 'expected', changed_at: 0, expected_until: 1 }),
      insert('alert', { ...alert, id: 'alr_lately', state: 'resolved', changed_at: now - 50 * dayMs }),
      insert('alert', { ...alert, id: 'alr_open', state: 'open', changed_at: 0 }),
      insert('sign_in_past', { ...owner, state: '{}', learned_at: now - 100 * dayMs - 1 }),
      insert('sign_in_past', { ...owner, user_id: 'usr_2', state: '{}', learned_at: now - 100 * dayMs }),
      insert('ledger', { ...text, key: hash(), expires_at: longAgo }),
      insert('ledger', { ...text, key: hash(), expires_at: lately }),
    ],
    [],
  )
  assert.ok(done)

  const ofPeople = [purgeChallenges, purgeQuestions, purgeFactors, purgeDevices, purgeSessions(policy)]
  const ofRisk = [purgeAlerts(policy), purgePast(policy)]
  const job = purgeJob([
    ...ofPeople,
    ...ofRisk,
    purgeTexts,
    purgeKeptAnswers,
    purgeMailTokens,
    purgeClientTokens,
    purgeCodes,
  ])
  const newContext = () => systemContext({ storage, world: { now: () => new Date(now), random: randomBytes } })
  const loop = createJobLoop([job], { newContext, leases: noLeases, report: (error) => assert.fail(String(error)) })
  await loop.runDue()

  const idsOf = async (table: 'challenge' | 'question' | 'factor' | 'device' | 'session' | 'alert') =>
    (await storage.search((db) => db.selectFrom(table).select('id').orderBy('id'))).map(({ id }) => id)
  assert.deepEqual(await idsOf('challenge'), ['chl_kept'])
  assert.deepEqual(await idsOf('question'), ['qst_kept'])
  assert.deepEqual(await idsOf('factor'), ['fac_active', 'fac_pending'])
  assert.deepEqual(await idsOf('device'), ['dev_kept'])
  assert.deepEqual(await idsOf('session'), ['ses_alive', 'ses_lately'])
  assert.deepEqual(await idsOf('alert'), ['alr_lately', 'alr_open'])
  const pasts = await storage.search((db) => db.selectFrom('sign_in_past').select('user_id'))
  assert.deepEqual(pasts, [{ user_id: 'usr_2' }])
  assert.equal((await storage.search((db) => db.selectFrom('ledger').select('key'))).length, 1)
  assert.equal((await storage.search((db) => db.selectFrom('mail_token').select('subject'))).length, 1)
  assert.equal((await storage.search((db) => db.selectFrom('authorization_code').select('hash'))).length, 1)
  assert.equal((await storage.search((db) => db.selectFrom('client_token').select('hash'))).length, 1)
  assert.equal((await storage.search((db) => db.selectFrom('kept_answer').select('key'))).length, 1)
})
