import { z } from 'zod'
import { Time } from './fields.ts'
import { operation } from './operation.ts'
import { pushTransports } from './push-operations.ts'

const count = z.number().int()

export const getPushDeliveries = operation({
  id: 'getPushDeliveries',
  summary: 'How many of the requests to devices have reached them, by transport. Thirty days are kept',
  method: 'GET',
  path: '/v1/push/deliveries',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({ since: Time.optional(), until: Time.optional() }),
  output: z.object({
    since: Time,
    until: Time,
    transports: z.array(
      z.object({
        transport: z.enum(pushTransports),
        asked: count,
        accepted: count.nullable().meta({ description: 'Taken over by the push service' }),
        failed: count.nullable().meta({ description: 'Not taken over until the request was over' }),
        delivered: count.meta({ description: 'The device has fetched the request while it waited' }),
        late: count.meta({ description: 'The device came when the request was over' }),
        missed: count.meta({ description: 'The device never came' }),
        waiting: count,
        delivery_rate: z.number().nullable().meta({ description: 'Delivered, of all that do not wait any more' }),
        average_ms: count.nullable().meta({ description: 'From the request to its fetching, of those delivered' }),
      }),
    ),
  }),
  problems: [],
})

/** What leaves the house, in the order of the documentation. */
export const messageOperations = [getPushDeliveries] as const
