import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { deleteDevicesOfUser } from './device.store.ts'

/** Every device of a user, for good. */
export function eraseDevices(ctx: Context, userId: UserId): Write {
  return deleteDevicesOfUser({ user_id: userId, tenant_id: ctx.tenantId })
}
