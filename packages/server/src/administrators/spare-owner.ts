import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { userAsRead } from '../users/get-user.ts'
import type { AdministratorRow } from './find-standing.ts'
import { listOtherOwners } from './list-administrators.ts'

/** A change of somebody's row. */
export interface RowWrite {
  readonly id: UserId
  readonly write: Write
}

/**
 * Stands in every commit that takes something from an owner: another one who can sign in, as they were read. Of two who
 * take from each other at the same time, one fails as `user changed`.
 * @throws Fault `last_owner`
 */
export async function holdSpareOwner(ctx: Context, { id, role }: AdministratorRow): Promise<readonly RowWrite[]> {
  if (role !== 'owner') return []
  const [spare] = await listOtherOwners(ctx, id)
  if (!spare) throw new Fault('last_owner')
  return [{ id: spare.id, write: userAsRead(spare) }]
}

/** In one order for all, so that no two commits wait for each other. */
export function inOneOrder(writes: readonly RowWrite[]): readonly Write[] {
  return writes.toSorted((one, other) => (one.id < other.id ? -1 : 1)).map(({ write }) => write)
}

/** @throws Fault `not_on_yourself` */
export function refuseSelf({ actor }: Pick<Context, 'actor'>, id: UserId): void {
  if (actor.kind === 'administrator' && actor.session.user_id === id) throw new Fault('not_on_yourself')
}
