import { z } from 'zod'
import { AlertRules } from './alerts.ts'
import { Nonce, text } from './fields.ts'
import { operation } from './operation.ts'
import { RiskChange, RiskRules } from './risk.ts'

/** What a tenant demands of its users. The numbers, which hold for the whole server, are in `policy.ts`. */
export const TenantRules = z
  .object({
    mfa: z
      .enum(['optional', 'required'])
      .default('optional')
      .meta({ description: 'required: who has no second factor sets one up before anything else' }),
    backups: z
      .union([z.literal(0), z.literal(1), z.literal(2)])
      .default(0)
      .meta({
        description: 'Ways beside the first factor: a set of recovery codes is one, each further factor is one',
      }),
    registration: z
      .enum(['closed', 'open'])
      .default('closed')
      .meta({ description: 'open: whoever reads the mail of an address makes an account for it' }),
    risk: RiskRules.prefault({}),
    alerts: AlertRules.default({}),
  })
  .meta({ id: 'TenantRules' })
export type TenantRules = z.output<typeof TenantRules>

/** What of the rules is to be others. */
export const PolicyChange = z.strictObject({
  mfa: TenantRules.shape.mfa.unwrap().optional(),
  backups: TenantRules.shape.backups.unwrap().optional(),
  registration: TenantRules.shape.registration.unwrap().optional(),
  risk: RiskChange.optional(),
  alerts: AlertRules.optional(),
})
export type PolicyChange = z.output<typeof PolicyChange>

export const getPolicy = operation({
  id: 'getPolicy',
  summary: 'Read what the tenant demands of its users',
  method: 'GET',
  path: '/v1/policy',
  caller: 'client',
  scope: 'policy:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({}),
  output: TenantRules,
  problems: [],
})

export const changePolicy = operation({
  id: 'changePolicy',
  summary: 'Change what the tenant demands of its users. It holds within a second, from the next sign-in of each',
  method: 'PATCH',
  path: '/v1/policy',
  caller: 'client',
  scope: 'policy:write',
  rate: 'other',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    ...PolicyChange.shape,
    reason: text(500),
  }),
  output: TenantRules,
  problems: ['version_conflict'],
})

export const policyOperations = [getPolicy, changePolicy] as const
