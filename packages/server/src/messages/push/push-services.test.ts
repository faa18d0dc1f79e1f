import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PushServiceList, pushServicesOf, reachOf, usualServices } from './push-services.ts'

const servicesOf = (list: string) => pushServicesOf(PushServiceList.parse(list))

test('without a word of the operator the push services of the browsers are called, and no others', () => {
  const usual = servicesOf(usualServices)
  const known = [
    'https://fcm.googleapis.com/fcm/send/abc:def',
    'https://updates.push.services.mozilla.com/wpush/v2/x',
    'https://wns2-par02p.notify.windows.com/w/?token=x',
    'https://web.push.apple.com/QabC',
  ]
  for (const endpoint of known) assert.equal(reachOf(usual, endpoint), 'outside', endpoint)
  const others = [
    'http://fcm.googleapis.com/x',
    'https://fcm.googleapis.com:8443/x',
    'https://fcm.googleapis.com.evil.example/x',
    'https://evilfcm.googleapis.com/x',
    'https://push.apple.com/x',
    'https://evilpush.apple.com/x',
    'https://user@fcm.googleapis.com/x',
    'https://fcm.googleapis.com@evil.example/x',
    'https://fcm.googleapis.com./x',
    'https://fcm.googleapis.com/x#y',
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://localhost/x',
    'https://push.example.org/x',
    'file:///etc/passwd',
    'nonsense',
  ]
  for (const endpoint of others) assert.equal(reachOf(usual, endpoint), 'refused', endpoint)
})

test('an operator names services of their own, inside too; others stay outside', () => {
  const own = servicesOf('https://ntfy.internal:8443, push.example.org, http://127.0.0.1:4500')
  assert.equal(reachOf(own, 'https://ntfy.internal:8443/up?x=1'), 'named')
  assert.equal(reachOf(own, 'http://127.0.0.1:4500/x'), 'named')
  assert.equal(reachOf(own, 'https://push.example.org/x'), 'outside')
  for (const other of ['https://ntfy.internal/x', 'http://127.0.0.1:4501/x', 'https://fcm.googleapis.com/x']) {
    assert.equal(reachOf(own, other), 'refused', other)
  }
  assert.equal(reachOf(servicesOf('any'), 'https://push.example.org/x'), 'outside')
  assert.equal(reachOf(servicesOf('any'), 'https://10.0.0.1/x'), 'refused')
  assert.equal(reachOf(servicesOf('none'), 'https://fcm.googleapis.com/x'), 'refused')
})

test('a list that would not do what it says is refused', () => {
  for (const list of [
    '',
    'any,none',
    'http://push.example.org',
    'https://push.example.org/path',
    '*',
    '*.com',
    'localhost',
    '10.0.0.1',
  ]) {
    assert.equal(PushServiceList.safeParse(list).success, false, list)
  }
})
