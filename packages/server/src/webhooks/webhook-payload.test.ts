import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events } from '@gatehouse/contract/events'
import { isWebhookType, payloadOf, wants } from './webhook-payload.ts'

const subject = { id: 'evt_1', at: 0, user_id: 'usr_1', session_id: null, client_system: 'portal' } as const
const known = { user_id: 'usr_1', client_system: 'portal' }
const dataOf = (type: keyof typeof events, data: object) =>
  payloadOf({ ...subject, type, data: JSON.stringify(data) }).data

test('151 facts leave by name: what is new, what people have written and what could break a line stays', () => {
  assert.deepEqual(dataOf('factor.activated', { factor_id: 'fac_1', factor_type: 'totp', new_fact: 'x' }), {
    ...known,
    factor_id: 'fac_1',
    factor_type: 'totp',
  })
  assert.deepEqual(dataOf('user.disabled', { reason: 'left' }), known)
  assert.deepEqual(dataOf('user.disabled', { reason: 'Ada asked for it' }), known)
  assert.deepEqual(dataOf('login.failed', { reason: 'wrong_password' }), { ...known, reason: 'wrong_password' })
  assert.deepEqual(dataOf('login.failed', { reason: 'two words' }), known)
  assert.deepEqual(dataOf('user.updated', { fields: 'name role', slug: 'a\r\nX-Evil: 1', count: 2, scope: null }), {
    ...known,
    fields: 'name role',
    count: 2,
  })
})

test('an endpoint asks for a type, a noun or everything', () => {
  assert.ok(wants(['user.created'], 'user.created'))
  assert.ok(!wants(['user.created'], 'user.locked'))
  assert.ok(wants(['factor.*', 'user.*'], 'user.locked'))
  assert.ok(!wants(['user.*'], 'users.created'))
  assert.ok(wants(['*'], 'key.created'))
})

test('nobody is told of refused requests, or of webhooks by a webhook', () => {
  const silent = Object.keys(events).filter((type) => !isWebhookType(type))
  assert.ok(silent.includes('request.refused'))
  assert.ok(
    silent.every((type) => ['request.refused', 'refusals.counted'].includes(type) || type.startsWith('webhook')),
  )
})
