import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { requestRegistration as Contract } from '@gatehouse/contract/registration-operations'
import { type Context, callingClient, commit, hit, isTestCall } from '../context.ts'
import { sourceOf } from '../guard/source.ts'
import { hourMs, secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Channels } from '../messages/channel.ts'
import { demandChannel } from '../messages/demand-channel.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { emailKey } from '../users/email.ts'

export interface RequestTools {
  readonly channels: Channels
  readonly policy: Policy
  readonly rules: Rules
}

/**
 * Puts on record that somebody wants an account for this address, and nothing else: whether there is one is looked up by
 * whoever reads the record (`registration-reader.ts`), so that neither the answer nor its time can tell.
 */
export function requestRegistration({ channels, policy, rules }: RequestTools) {
  return async (ctx: Context, { email }: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    await demandOpen(ctx, rules)
    if (!isTestCall(ctx)) demandChannel(channels, 'email')
    // An address without a canonical form is refused here, as at a sign-in.
    emailKey(email)
    const { id: client_id } = callingClient(ctx)
    const budget = { limit: policy.registrationsPerHour, windowMs: hourMs }
    const source = sourceOf(ctx.source.ipAddress ?? '')
    const { allowed, retryAfterMs } = await hit(ctx, `registration ${client_id} ${source}`, budget)
    if (!allowed) {
      const event = { type: 'registration.failed', email, data: { reason: 'too_often' } } as const
      return refuse(ctx, 'too_many_attempts', { event, retryAfterSeconds: Math.ceil(retryAfterMs / secondMs) })
    }
    await commit(ctx, [record(ctx, { type: 'registration.requested', email, data: { client_id } })])
    return {}
  }
}

/** @throws Fault `registration_closed` */
export async function demandOpen(ctx: Context, rules: Rules): Promise<void> {
  if ((await rules.of(ctx)).registration !== 'open') throw new Fault('registration_closed')
}
