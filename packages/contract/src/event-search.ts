import { z } from 'zod'
import { Email, idOf, Time, text } from './fields.ts'

/** What events of the record can be found by; all that is given must fit. */
export const EventSearch = {
  user_id: idOf('usr').optional(),
  email: Email.optional().meta({ description: 'In any spelling' }),
  ip_address: z.union([z.ipv4(), z.ipv6()]).optional(),
  network: z
    .union([z.cidrv4(), z.cidrv6()])
    .optional()
    .meta({ description: 'Addresses in it, in CIDR form', examples: ['203.0.113.0/24'] }),
  action: z
    .string()
    .regex(/^[a-z_]{1,64}$/)
    .optional(),
  outcome: z.enum(['success', 'failure', 'refused']).optional(),
  client_system: text(64).optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional()
    .meta({ description: 'Two letters (ISO 3166-1)', examples: ['FR'] }),
  session_id: idOf('ses').optional(),
  request_id: z
    .string()
    .regex(/^[A-Za-z0-9._-]{8,64}$/)
    .optional(),
  since: Time.optional().meta({ description: 'This time or later' }),
  until: Time.optional().meta({ description: 'Before this time' }),
}
