import type { Context } from '../../context.ts'
import type { UserId } from '../../kernel/ids.ts'
import type { Write } from '../../storage/write.ts'
import { deletePlacesOfUser } from './familiar-place.store.ts'

/** From where a user signs in, for good. */
export function erasePlaces(ctx: Context, userId: UserId): Write {
  return deletePlacesOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
