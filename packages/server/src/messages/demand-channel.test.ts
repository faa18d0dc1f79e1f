import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demandChannel } from './demand-channel.ts'
import { testChannel } from './test-sender.ts'

test('what needs a channel that is not set up is refused, and told so', () => {
  demandChannel({ email: testChannel() }, 'email')
  assert.throws(() => demandChannel({ email: testChannel() }, 'sms'), { code: 'channel_not_configured' })
})
