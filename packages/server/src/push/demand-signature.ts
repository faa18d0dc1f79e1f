import type { Policy } from '@gatehouse/contract/policy'
import type { DeviceKey } from '@gatehouse/contract/push-operations'
import type { Context } from '../context.ts'
import { hasSigned } from '../factors/push/device-key.ts'
import { signedText } from '../factors/push/signed-text.ts'
import { findPushDevice, type PushDevice } from '../factors/push-device.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import type { FactorId } from '../kernel/ids.ts'

/** What judging the calls of devices stands on. */
export interface DeviceTools extends FactorReader {
  readonly policy: Policy
}

/** What a device has signed, beside its own id where it has one. */
interface Signed {
  readonly kind: Parameters<typeof signedText>[0]
  readonly fields: readonly string[]
  readonly time: number
  readonly signature: string
}

/** @throws Fault `signature_timestamp_out_of_range`, `device_not_accepted` */
export function demandSignature(
  { now }: Context,
  { policy }: Pick<DeviceTools, 'policy'>,
  key: DeviceKey,
  { kind, fields, time, signature }: Signed,
): void {
  const skewMs = Math.abs(now.getTime() - time * secondMs)
  if (skewMs > policy.signatureSkewSeconds * secondMs) throw new Fault('signature_timestamp_out_of_range')
  if (!hasSigned(key, signedText(kind, fields, time), signature)) throw new Fault('device_not_accepted')
}

/** The device that has signed this, which its owner has not removed. One answer for all that it is not. */
export async function demandDevice(
  ctx: Context,
  tools: DeviceTools,
  id: FactorId,
  signed: Signed,
): Promise<PushDevice> {
  const device = await findPushDevice(ctx, tools, id)
  if (!device) throw new Fault('device_not_accepted')
  demandSignature(ctx, tools, device.data.key, { ...signed, fields: [id, ...signed.fields] })
  return device
}
