import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EventType, events } from '@gatehouse/contract/events'
import { defaultTenantId } from '../kernel/tenants.ts'
import { endAttempt } from '../webhooks/delivery.store.ts'
import { outcomeOfAttempt } from '../webhooks/outcome-of-attempt.ts'
import { countEvent, eventCounters } from './count-event.ts'

const count = (type: EventType, data: Readonly<Record<string, unknown>> = {}) =>
  countEvent({ type, tenantId: defaultTenantId, data })

test('each count has exactly the labels of its counter, whatever the event says', () => {
  const counted = (Object.keys(events) as EventType[]).flatMap((type) => count(type) ?? [])
  for (const { metric, labels } of counted) {
    assert.deepEqual(Object.keys(labels).toSorted(), [...eventCounters[metric].labels].toSorted())
    for (const value of Object.values(labels)) assert.match(value, /^[a-z_]+$/)
  }
  assert.deepEqual(new Set(counted.map(({ metric }) => metric)), new Set(Object.keys(eventCounters)))
})

test('a sign-in, a proof and a lock are counted by what they were', () => {
  assert.deepEqual(count('login.succeeded', { amr: 'pwd otp mfa' })?.labels, { outcome: 'success', method: 'password' })
  assert.deepEqual(count('login.succeeded', { amr: 'hwk user mfa' })?.labels, { outcome: 'success', method: 'passkey' })
  assert.deepEqual(count('login.failed', { reason: 'passkey', check: 'form' })?.labels, {
    outcome: 'passkey',
    method: 'passkey',
  })
  assert.deepEqual(count('factor.rejected', { factor_type: 'totp', reason: 'replay' })?.labels, {
    factor: 'totp',
    outcome: 'replay',
  })
  assert.equal(
    count('factor.rejected', { factor_type: 'totp', purpose: 'enroll' })?.metric,
    'gatehouse_enrollments_total',
  )
  assert.deepEqual(count('user.locked', { alert_id: 'alr_1' })?.labels, { reason: 'administrator' })
  assert.equal(count('user.created'), undefined)
})

test('an attempt at a webhook ends in one of three ways', () => {
  const outcome = (delivered: number | null, next: number | null) => {
    const ended = { id: 'whd_1', claimed_until: 1, log: '[]' } as const
    return outcomeOfAttempt(endAttempt({ ...ended, delivered_at: delivered, next_attempt_at: next }))
  }
  assert.deepEqual([outcome(1, null), outcome(null, 2), outcome(null, null)], ['delivered', 'retried', 'failed'])
})
