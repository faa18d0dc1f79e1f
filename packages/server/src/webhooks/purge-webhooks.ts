import type { Policy } from '@gatehouse/contract/policy'
import { dayMs } from '../kernel/durations.ts'
import { purgeOld } from '../purge/purge-old.ts'
import { oldDeliveries } from './delivery.store.ts'

/** Deliveries that have had their time, taken or not. */
export function purgeWebhooks({ webhookKeepDays }: Policy) {
  return purgeOld(oldDeliveries, webhookKeepDays * dayMs)
}
