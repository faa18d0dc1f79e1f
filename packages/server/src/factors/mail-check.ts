import { type Context, isTestCall } from '../context.ts'
import type { Write } from '../storage/write.ts'
import type { AskTools } from './ask-question.ts'
import { dropMailChecks, type FactorRow, insertFactor } from './factor.store.ts'
import { newFactor } from './new-factor.ts'
import type { FactorReader } from './stored-factor.ts'

interface Owner {
  readonly id: FactorRow['user_id']
  readonly email: string | null
  readonly email_verified_at: number | null
}

/** Whether somebody without a factor can be asked for a code that goes to their address: one that is known to be theirs. */
export function canCheckByMail(ctx: Context, { channels }: Pick<AskTools, 'channels'>, owner: Owner): boolean {
  const isReached = channels.email !== undefined || isTestCall(ctx)
  return isReached && owner.email !== null && owner.email_verified_at !== null
}

/**
 * Lets one sign-in be answered by a code to the address of the account, in place of a factor that its owner does not have. The one
 * before it is gone. Nothing is sent until it is asked for.
 */
export async function makeMailCheck(
  ctx: Context,
  { keys, factors }: FactorReader,
  { id, email }: Owner,
  { issuer, expiresAt }: { readonly issuer: string; readonly expiresAt: number },
): Promise<{ readonly factor: FactorRow; readonly writes: readonly Write[] }> {
  const kind = factors.find(({ type }) => type === 'email')
  if (!kind) throw new Error('this version has no codes by mail')
  const owner = { userId: id, label: email ?? '', email, issuer, owned: [], isTest: isTestCall(ctx) }
  const made = await kind.enroll(ctx, owner, {})
  const factor = newFactor(ctx, keys, {
    type: kind.type,
    user_id: id,
    label: made.label ?? null,
    data: made.data,
    confirmed_at: ctx.now.getTime(),
    expires_at: expiresAt,
  })
  return { factor, writes: [dropMailChecks({ user_id: id, tenant_id: ctx.tenantId }), insertFactor(factor)] }
}
