import { z } from 'zod'
import { idOf, Nonce, Time } from './fields.ts'
import { channelNames } from './messages.ts'
import { operation } from './operation.ts'

/** What is there for tests, and answers clients of test tenants only. */
const ofTests = { caller: 'client', scope: 'users:write', rate: 'other', status: 200 } as const

/**
 * Addresses and numbers that get the same code each time, in a test tenant: everything that ends in `+test@example.test`, and the
 * numbers +1 ### 555 0100 to 0199, which belong to nobody. In a live tenant they are like any other.
 */
export const testAddress = /^[^@]+\+test@example\.test$|^\+1[2-9][0-9]{2}55501[0-9]{2}$/i
/** The code that such an address gets. */
export const testCode = '424242'

const TestMessage = z
  .object({
    id: idOf('msg'),
    channel: z.enum(channelNames),
    to: z.string(),
    kind: z.string(),
    values: z.record(z.string(), z.string()).meta({ description: 'What it speaks of: `code`, for example' }),
    subject: z.string().nullable(),
    text: z.string(),
    created_at: Time,
    not_after: Time,
  })
  .meta({ id: 'TestMessage' })

export const listTestMessages = operation({
  ...ofTests,
  id: 'listTestMessages',
  summary: 'Read the newest messages of a test tenant, newest first. None of them is ever sent',
  method: 'GET',
  path: '/v1/test/outbox',
  input: z.strictObject({ to: z.string().min(1).max(320).optional() }),
  output: z.object({ data: z.array(TestMessage) }),
  problems: ['test_mode_only'],
})

export const resetTestTenant = operation({
  ...ofTests,
  id: 'resetTestTenant',
  summary: 'Erase the users and the messages of a test tenant, up to 200 at a time',
  method: 'POST',
  path: '/v1/test/reset',
  input: z.strictObject({ ...Nonce }),
  output: z.object({
    erased: z.number().int().meta({ description: 'How many users' }),
    has_more: z.boolean().meta({ description: 'Call it again until this is false' }),
  }),
  problems: ['test_mode_only', 'version_conflict'],
})

export const sandboxOperations = [listTestMessages, resetTestTenant] as const
