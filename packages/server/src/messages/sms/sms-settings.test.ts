import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmsAccounts } from './sms-settings.ts'

test('codes and credentials go to providers over TLS, and in the clear to this machine only', () => {
  const accepts = (url: string) => SmsAccounts.safeParse(JSON.stringify([{ provider: 'http', url }])).success
  for (const url of ['https://sms.example.org/send', 'http://127.0.0.1:8080', 'http://localhost', 'http://[::1]:1']) {
    assert.ok(accepts(url), url)
  }
  for (const url of [
    'http://sms.example.org/send',
    'http://127.0.0.1.example.org',
    'http://10.0.0.1',
    'ftp://localhost',
  ]) {
    assert.ok(!accepts(url), url)
  }
})
