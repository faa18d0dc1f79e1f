import { z } from 'zod'
import { Nonce, Time } from './fields.ts'
import { operation } from './operation.ts'
import { PolicyChange } from './policy-operations.ts'
import { RiskAction } from './risk.ts'

/** What becomes of a sign-in under one set of rules. */
export const SimulatedOutcome = z.enum(['let_in', 'asked', 'enrolment_demanded', 'refused'])
export type SimulatedOutcome = z.output<typeof SimulatedOutcome>

const Count = z.object({ sign_ins: z.number().int(), people: z.number().int() })
const Outcomes = z.object({
  let_in: Count,
  asked: Count.meta({ description: 'For a factor that was not shown in that sign-in' }),
  enrolment_demanded: Count.meta({ description: 'Who has no factor, and must set one up first' }),
  refused: Count,
  notified: Count.meta({ description: 'Of those who are let in or asked: the owner gets a mail' }),
})

/** At most so many are named one by one. */
export const namedAtMost = 100

export const Simulation = z
  .object({
    since: Time,
    until: Time,
    sign_ins: z.number().int(),
    people: z.number().int(),
    before: Outcomes.meta({ description: 'Under the rules as they are' }),
    after: Outcomes.meta({ description: 'Under the rules as they would be' }),
    nothing_enrolled: z
      .object({ people: z.number().int(), user_ids: z.array(z.string()) })
      .meta({ description: 'Who would be asked for a factor, or has to set one up, and has none today' }),
    locked_out: z
      .object({ people: z.number().int(), user_ids: z.array(z.string()) })
      .meta({ description: 'Whose every sign-in of that time would have been refused, and was not' }),
    changed: z.array(
      z.object({
        event_id: z.string(),
        user_id: z.string(),
        at: Time,
        score: z.number().int(),
        reasons: z.array(z.string()),
        decision: RiskAction,
        before: SimulatedOutcome,
        after: SimulatedOutcome,
      }),
    ),
  })
  .meta({ id: 'Simulation' })
export type Simulation = z.output<typeof Simulation>

export const simulatePolicy = operation({
  id: 'simulatePolicy',
  summary: 'Run other rules over the sign-ins on record, and say who would have been asked, refused, locked out',
  method: 'POST',
  path: '/v1/policy/simulate',
  caller: 'client',
  scope: 'audit:read',
  rate: 'other',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    change: PolicyChange.meta({ description: 'As in a change of the policy. Nothing is changed' }),
    last_days: z.number().int().min(1).max(90).default(30),
  }),
  output: Simulation,
  problems: [],
})
