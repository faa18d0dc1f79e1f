import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { pairDevice as Contract } from '@gatehouse/contract/push-operations'
import type { Context } from '../context.ts'
import { thumbprintOf } from '../factors/push/device-key.ts'
import { findPairing, pairWith } from '../factors/push-device.ts'
import { Fault } from '../kernel/fault.ts'
import { getUserRow } from '../users/get-user.ts'
import { nameOfAccount } from '../users/name-of-account.ts'
import { type DeviceTools, demandSignature } from './demand-signature.ts'

/**
 * The device with this key is the one that the enrolment waits for. It is asked for nothing yet: its owner activates it
 * with the digits of the answer, so that whoever has merely seen the code has a device that nobody will activate.
 */
export function pairDevice(tools: DeviceTools & { readonly issuer: string }) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const { code, public_key: key, name, time, signature } = input
    demandSignature(ctx, tools, key, { kind: 'pair', fields: [code, thumbprintOf(key)], time, signature })
    const waiting = await findPairing(ctx, tools, code)
    if (!waiting || !(await pairWith(waiting, tools, { key, name }))) throw new Fault('pairing_code_invalid')
    const user = await getUserRow(waiting.ctx, waiting.row.user_id)
    return {
      device_id: waiting.row.id,
      confirmation: waiting.confirmation,
      service: tools.issuer,
      account: nameOfAccount(user),
    }
  }
}
