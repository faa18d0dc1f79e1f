import { z } from 'zod'

/** What can be unusual about a sign-in, how much it weighs, what is done about it unless a tenant says otherwise, and what it means. */
export const riskReasons = {
  new_device: {
    weight: 20,
    action: 'notify',
    sentence: 'A kind of device that this user has not signed in with for 90 days.',
  },
  different_country: {
    weight: 40,
    action: 'require_mfa',
    sentence: 'A country that this user has not signed in from for 90 days.',
  },
  impossible_travel: {
    weight: 60,
    action: 'require_mfa',
    sentence: 'Too far from the sign-in before to have come here by then.',
  },
  simultaneous_sessions: {
    weight: 40,
    action: 'require_mfa',
    sentence: 'A session of the same user is in use in another country.',
  },
  odd_hour: { weight: 10, action: 'allow', sentence: 'An hour of the day at which this user hardly ever signs in.' },
  failing_address: {
    weight: 40,
    action: 'require_mfa',
    sentence: 'Many sign-ins from the same address have failed a moment ago.',
  },
  method_switching: {
    weight: 40,
    action: 'notify',
    sentence: 'One second factor after another was tried, as somebody does who has none of them.',
  },
  unknown_place: {
    weight: 10,
    action: 'allow',
    sentence: 'Nobody knows where the address is, of a user whose places are known.',
  },
} as const

export type RiskReason = keyof typeof riskReasons
export const riskReasonNames = Object.keys(riskReasons) as RiskReason[]

/** What is done about a sign-in, the mildest first. */
export const RiskAction = z.enum(['allow', 'notify', 'require_mfa', 'require_stronger', 'refuse'])
export type RiskAction = z.output<typeof RiskAction>

const Score = z.number().int().min(1).max(1000).nullable()

/** What a tenant does about risk. The strictest of all that applies is done. */
export const RiskRules = z
  .strictObject({
    reasons: z
      .partialRecord(z.enum(riskReasonNames as [RiskReason, ...RiskReason[]]), RiskAction)
      .default({})
      .meta({ description: 'What each reason leads to, where it is not the default' }),
    require_mfa_at: Score.default(50).meta({
      description: 'The sum of weights from which a second factor is asked for',
    }),
    require_stronger_at: Score.default(null).meta({ description: 'From which no code by SMS or mail is taken' }),
    refuse_at: Score.default(null).meta({ description: 'From which the sign-in is refused' }),
    without_factor: z.enum(['verify', 'notify', 'refuse']).default('verify').meta({
      description:
        'What becomes of somebody who is to show a factor and has none that will do. verify: a code goes to their address, if it is proven to be theirs; else as notify',
    }),
    remembered_hours: z.number().int().min(0).max(24).default(0).meta({
      description: 'How long a device that has shown a second factor is not asked again, unless there is a risk',
    }),
  })
  .meta({ id: 'RiskRules' })
export type RiskRules = z.output<typeof RiskRules>

/** Factors that no thief of a telephone number or a mailbox has. */
export const strongFactorTypes = ['webauthn', 'totp', 'hotp', 'push'] as const

/** What of that is to be other than it is. Reasons that are not named stay as they are. */
export const RiskChange = z.strictObject({
  reasons: RiskRules.shape.reasons.unwrap().optional(),
  require_mfa_at: Score.optional(),
  require_stronger_at: Score.optional(),
  refuse_at: Score.optional(),
  without_factor: RiskRules.shape.without_factor.unwrap().optional(),
  remembered_hours: RiskRules.shape.remembered_hours.unwrap().optional(),
})
