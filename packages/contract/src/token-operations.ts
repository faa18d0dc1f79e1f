import { z } from 'zod'
import { idOf, Nonce, Page, pageOf, text } from './fields.ts'
import { operation } from './operation.ts'

export const HardwareToken = z
  .object({
    serial: z.string(),
    state: z.enum(['in_stock', 'assigned']),
    user_id: idOf('usr').nullable(),
    factor_id: idOf('fac').nullable(),
  })
  .meta({ id: 'HardwareToken' })
export type HardwareToken = z.output<typeof HardwareToken>

export const importHardwareTokens = operation({
  id: 'importHardwareTokens',
  summary: 'Put hardware tokens (HOTP) into the stock: all of the file or none',
  method: 'POST',
  path: '/v1/hardware-tokens',
  caller: 'client',
  scope: 'factors:write',
  rate: 'other',
  status: 201,
  input: z.strictObject({
    ...Nonce,
    file: text(65_536).meta({ description: 'CSV or PSKC (RFC 6030); larger files with `gatehouse tokens import`' }),
    pre_shared_key: z
      .string()
      .regex(/^(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{48}|[0-9A-Fa-f]{64})$/)
      .optional()
      .meta({ description: 'Hex of the AES key of an encrypted PSKC file' }),
    password: text(1024).optional().meta({ description: 'The password of an encrypted PSKC file' }),
  }),
  output: z.object({ count: z.number().int() }),
  problems: [],
})

export const listHardwareTokens = operation({
  id: 'listHardwareTokens',
  summary: 'List hardware tokens by serial number, and who has them',
  method: 'GET',
  path: '/v1/hardware-tokens',
  caller: 'client',
  scope: 'users:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({ ...Page }),
  output: pageOf(HardwareToken),
  problems: [],
})

export const tokenOperations = [importHardwareTokens, listHardwareTokens] as const
