import { dayMs } from '../kernel/durations.ts'
import { purgeOld } from '../purge/purge-old.ts'
import { oldDevices } from './device.store.ts'

/** Devices that are not known any more since a day. */
export const purgeDevices = purgeOld(oldDevices, dayMs)
