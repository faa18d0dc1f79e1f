import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultPolicy } from '@gatehouse/contract/policy'
import type { CheckupFacts } from '@gatehouse/server/checkup/gather-facts'
import { type Config, parseConfig } from '@gatehouse/server/config'
import { type Finding, judgeCertificate, judgeClock, judgeFacts, judgeKeyFile, judgeSettings } from './findings.ts'

const now = new Date('2026-11-22T12:00:00Z')
const daysFromNow = (days: number) => new Date(now.getTime() + days * 86_400_000)

const statesOf = (findings: readonly Finding[]) =>
  findings.filter(({ state }) => state !== 'ok').map(({ about, state }) => `${about} ${state}`)

function configOf(env: Readonly<Record<string, string>>): Config {
  const parsed = parseConfig(env)
  assert.ok(parsed.ok, String(!parsed.ok && parsed.errors))
  return parsed.config
}

test('a clock that is more than 30 seconds off is an error, one that cannot be compared a warning', () => {
  const states = [0, -1999, 2001, 30_000, -30_001, 3_600_000].map((offset) => judgeClock(offset, 'x').state)
  assert.deepEqual(states, ['ok', 'ok', 'warning', 'warning', 'error', 'error'])
  assert.match(judgeClock(-62_000, 'ntp.test').text, /^62\.0 s behind ntp\.test$/)
  assert.equal(judgeClock(new Error('no answer'), 'x').state, 'warning')
})

test('a certificate is told of two weeks before its end', () => {
  const states = [90, 14, 13.9, 0.5, -0.5].map((days) => judgeCertificate(daysFromNow(days), now).state)
  assert.deepEqual(states, ['ok', 'ok', 'warning', 'warning', 'error'])
  assert.equal(judgeCertificate(new Error('nobody there'), now).state, 'warning')
})

test('a key that others can read is told', () => {
  assert.deepEqual(judgeKeyFile(undefined), [])
  assert.deepEqual(statesOf(judgeKeyFile('Run: chmod.')), ['certificate warning'])
})

test('settings that are not safe are told', () => {
  const safe = { GATEHOUSE_ADMIN_MAIL: 'ops@example.org' }
  assert.deepEqual(statesOf(judgeSettings(configOf(safe), undefined)), [])
  assert.deepEqual(statesOf(judgeSettings(configOf(safe), 'Set this.')), ['settings error'])
  const each: readonly Readonly<Record<string, string>>[] = [
    { GATEHOUSE_ADMIN_MAIL: '' },
    { GATEHOUSE_LOGIN_CAPTCHA: 'never' },
    { GATEHOUSE_ENCRYPT_DATABASE: 'off' },
    { GATEHOUSE_TLS_MIN_VERSION: '1.2', GATEHOUSE_TLS_CERT_FILE: 'c', GATEHOUSE_TLS_KEY_FILE: 'k' },
    { GATEHOUSE_DATABASE_URL: 'postgres://localhost/gatehouse' },
  ]
  for (const env of each) {
    const { GATEHOUSE_ADMIN_MAIL: mail, ...rest } = { ...safe, ...env }
    const config = configOf(mail === '' ? rest : { ...rest, GATEHOUSE_ADMIN_MAIL: mail })
    assert.deepEqual(statesOf(judgeSettings(config, undefined)), ['settings warning'], JSON.stringify(env))
  }
  const far = (query: string) => configOf({ ...safe, GATEHOUSE_DATABASE_URL: `postgres://db.example.org/g${query}` })
  assert.equal(statesOf(judgeSettings(far(''), undefined)).length, 2)
  assert.equal(statesOf(judgeSettings(far('?sslmode=verify-full'), undefined)).length, 1)
})

const policy = defaultPolicy()

const well: CheckupFacts = {
  engine: 'sqlite',
  secrets: [{ client: 'portal', age: 'fresh', days: 3 }],
  openClients: [],
  keys: [{ id: 'key_1', purpose: 'data', wrapped_by: 'k1', created_at: now.getTime(), replaced_at: null }],
  keyEncryptionKeyDays: 89,
  unguardedAdmins: [],
  newestBackupAt: daysFromNow(-7).getTime(),
  oldestUnsealedAt: now.getTime() - 60_000,
  failingWebhooks: [],
}

test('what the data says is judged one by one, and each finding says what to do', () => {
  assert.deepEqual(statesOf(judgeFacts(well, now, policy)), [])
  const changes: readonly (readonly [Partial<CheckupFacts>, string])[] = [
    [{ secrets: [{ client: 'portal', age: 'due', days: 91 }] }, 'secrets warning'],
    [{ secrets: [{ client: 'portal', age: 'overdue', days: 98 }] }, 'secrets error'],
    [{ openClients: ['portal'] }, 'secrets warning'],
    [{ keyEncryptionKeyDays: 90 }, 'keys warning'],
    [{ unguardedAdmins: ['ada@example.org', 'usr_2'] }, 'administrators error'],
    [{ newestBackupAt: undefined }, 'backup warning'],
    [{ newestBackupAt: daysFromNow(-8).getTime() }, 'backup warning'],
    [{ oldestUnsealedAt: daysFromNow(-1).getTime() }, 'record warning'],
    [{ failingWebhooks: ['https://hooks.test'] }, 'webhooks warning'],
  ]
  for (const [change, state] of changes) {
    const findings = judgeFacts({ ...well, ...change }, now, policy)
    assert.deepEqual(statesOf(findings), [state], JSON.stringify(change))
    for (const { state: how, fix } of findings) assert.equal(fix !== undefined, how !== 'ok')
  }
  // Backups of PostgreSQL are made by its own tools.
  assert.deepEqual(statesOf(judgeFacts({ ...well, engine: 'postgres', newestBackupAt: undefined }, now, policy)), [])
})
