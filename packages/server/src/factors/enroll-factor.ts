import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { enrollFactor as Contract } from '@gatehouse/contract/operations'
import type { Policy } from '@gatehouse/contract/policy'
import { type Context, commit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { newId } from '../kernel/ids.ts'
import { parseInput } from '../kernel/parse-input.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { getUser } from '../users/get-user.ts'
import { type FactorRow, insertFactor } from './factor.store.ts'
import type { AnyFactor } from './factor.ts'
import { findFactorByType } from './factors.ts'
import { sealData, showFactor } from './stored-factor.ts'

/** What enrolment needs besides the request. `issuer` is the name of the service in authenticator apps. */
interface Tools {
  readonly keys: Keyring
  readonly policy: Policy
  readonly issuer: string
}

/** Makes a factor that waits for its first proof. What it shows is shown this once. */
export function enrollFactor({ keys, policy, issuer }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const { id: userId, type, label, ...options } = input
    const user = await getUser(ctx, { id: userId })
    const kind = getFactorByType(type)
    const { data, shown } = await kind.enroll(
      ctx,
      { userId, label: user.email, issuer },
      parseInput(kind.options, options),
    )
    const createdAt = ctx.now.getTime()
    const place = { id: newId('fac', ctx), tenant_id: ctx.tenantId, type }
    const row: FactorRow = {
      ...place,
      user_id: userId,
      label: label ?? null,
      handle: null,
      data: sealData(keys, place, data, ctx),
      version: 1,
      created_at: createdAt,
      confirmed_at: null,
      expires_at: createdAt + policy.enrollmentSeconds * secondMs,
      last_used_at: null,
      suspended_at: null,
    }
    await commit(ctx, [
      insertFactor(row),
      record(ctx, { type: 'factor.enrolled', userId, data: { factor_id: row.id, factor_type: type } }),
    ])
    return { factor: showFactor(row), enrollment: { type, ...shown } as Output<typeof Contract>['enrollment'] }
  }
}

function getFactorByType(type: string): AnyFactor {
  const kind = findFactorByType(type)
  if (!kind) throw new Fault('invalid_request', { errors: [{ pointer: '/type', code: 'unknown_type' }] })
  return kind
}
