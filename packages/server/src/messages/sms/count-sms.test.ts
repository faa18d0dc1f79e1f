import assert from 'node:assert/strict'
import { defaultPolicy } from '@gatehouse/contract/policy'
import type { UserId } from '../../kernel/ids.ts'
import { onBothEngines } from '../../storage/test-storage.ts'
import { testHouse } from '../test-sender.ts'
import { countSms } from './count-sms.ts'

const policy = { ...defaultPolicy(), smsPerBlockPerHour: 5, smsPerAccountPerDay: 3, smsPerHour: 20 }
const tooMany = { code: 'too_many_attempts' }

onBothEngines('088 a flood of SMS is stopped by account, by block of numbers and by tenant', async (_, open) => {
  const house = await testHouse(await open())
  const ask = (to: string, user: number) =>
    countSms(house.context(), { policy, countries: ['DE'] }, { to, userId: `usr_${user}` as UserId })
  const number = (block: number, last: number) => `+4915${String(1_000 + block)}${String(1_000 + last)}`

  for (let i = 0; i < 3; i++) await ask(number(i, 1), 1)
  await assert.rejects(ask(number(9, 1), 1), tooMany, 'one account, many numbers')

  for (let i = 0; i < 5; i++) await ask(number(20, i), 100 + i)
  await assert.rejects(ask(number(20, 77), 200), tooMany, 'one block, many accounts')
  await ask(number(21, 1), 200)

  const results = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => ask(number(100 + i, 1), 1000 + i)))
  const let_through = results.filter(({ status }) => status === 'fulfilled').length
  assert.ok(let_through <= 20 - 9, String(let_through))
  house.nowMs += 3_600_000
  await ask(number(20, 1), 300)
  await assert.rejects(ask(number(40, 1), 1), tooMany, 'the day of an account is not over')
})

onBothEngines('088 what is not served is refused before anything is counted', async (_, open) => {
  const house = await testHouse(await open())
  const about = { to: '+12025550123', userId: 'usr_1' } as const
  const ask = (countries: string[]) => countSms(house.context(), { policy, countries }, about)
  for (let i = 0; i < 30; i++) await assert.rejects(ask(['DE']), { code: 'country_not_served' })
  for (let i = 0; i < 3; i++) await ask(['DE', 'US'])
})
