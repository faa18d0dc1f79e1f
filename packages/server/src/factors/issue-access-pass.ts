import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { issueAccessPass as Contract } from '@gatehouse/contract/recovery-operations'
import { type Context, commit } from '../context.ts'
import { secondMs } from '../kernel/durations.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import type { Write } from '../storage/write.ts'
import { factorsAsRead, getUserRow, type UserRow } from '../users/get-user.ts'
import { accessPass } from './access-pass/access-pass.ts'
import { deleteFactor, type FactorRow, insertFactor, listFactorRows } from './factor.store.ts'
import { newFactor } from './new-factor.ts'
import { showFactor } from './stored-factor.ts'

interface Tools {
  readonly keys: Keyring
  readonly policy: Policy
}

/** A pass for a person who has lost their factors, shown once. The one before it dies. */
export function issueAccessPass({ keys, policy }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    for (;;) {
      const user = await getUserRow(ctx, input.id)
      const lifeMs = (input.lifetime_seconds ?? policy.accessPassSeconds) * secondMs
      const pass = await newAccessPass(ctx, keys, user, { lifeMs, reason: input.reason })
      const committed = await commit(ctx, pass.writes)
      if (committed.done) return { factor: showFactor(pass.row), code: pass.code }
    }
  }
}

interface NewAccessPass {
  readonly row: FactorRow
  readonly code: string
  /** They fail when the user or their factors have changed meanwhile: make another. */
  readonly writes: readonly Write[]
}

export async function newAccessPass(
  ctx: Context,
  keys: Keyring,
  user: UserRow,
  { lifeMs, reason }: { readonly lifeMs: number; readonly reason: string },
): Promise<NewAccessPass> {
  const { data, shown } = accessPass.enroll(ctx)
  const now = ctx.now.getTime()
  const row = newFactor(ctx, keys, {
    type: accessPass.type,
    user_id: user.id,
    handle: `access_pass ${user.id}`,
    data,
    confirmed_at: now,
    expires_at: now + lifeMs,
  })
  const old = await listPasses(ctx, user.id)
  return {
    row,
    code: shown.code,
    writes: [
      factorsAsRead(user),
      ...old.map(({ id, tenant_id, version }) => deleteFactor({ id, tenant_id, version })),
      insertFactor(row),
      record(ctx, {
        type: 'access_pass.issued',
        userId: user.id,
        data: { factor_id: row.id, reason, ends: new Date(now + lifeMs).toISOString() },
      }),
    ],
  }
}

async function listPasses(ctx: Context, userId: UserId): Promise<readonly FactorRow[]> {
  const rows = await listFactorRows(ctx.db, ctx.tenantId, userId)
  return rows.filter(({ type }) => type === accessPass.type)
}
