import type { DeviceKey, PushSubscription } from '@gatehouse/contract/push-operations'
import type { FactorType } from '@gatehouse/contract/resources'
import { type Context, commit } from '../context.ts'
import type { FactorId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { listQuestions } from './ask-question.ts'
import { amendFactor, type FactorRow, findFactorByHandleInAnyTenant, findFactorInAnyTenant } from './factor.store.ts'
import { thumbprintOf } from './push/device-key.ts'
import { handleOfCode } from './push/pairing-code.ts'
import { PushData, PushKept } from './push/push.ts'
import { type FactorReader, openFactor, sealData } from './stored-factor.ts'

/** A device, and the view of the world that it has: that of its owner's tenant. */
export interface PushDevice {
  readonly ctx: Context
  readonly row: FactorRow
  readonly data: PushData & { readonly key: DeviceKey }
}

const type: FactorType = 'push'

/** The device with this id, in whatever tenant, once it is paired. */
export async function findPushDevice(
  ctx: Context,
  reader: FactorReader,
  id: FactorId,
): Promise<PushDevice | undefined> {
  const row = await findFactorInAnyTenant(ctx.db, id)
  if (row?.type !== type) return undefined
  const data = PushData.parse(openFactor(reader, row).data)
  return data.key ? { ctx: { ...ctx, tenantId: row.tenant_id }, row, data: { ...data, key: data.key } } : undefined
}

/** An enrolment that waits for a device. */
export interface WaitingEnrollment {
  readonly ctx: Context
  readonly row: FactorRow
  /** What the device is to tell its owner. */
  readonly confirmation: string
}

/** The enrolment that a pairing code is of. */
export async function findPairing(
  ctx: Context,
  reader: FactorReader,
  code: string,
): Promise<WaitingEnrollment | undefined> {
  const handle = handleOfCode(code)
  const row = handle === undefined ? undefined : await findFactorByHandleInAnyTenant(ctx.db, handle)
  if (!row || row.confirmed_at !== null || (row.expires_at ?? 0) <= ctx.now.getTime()) return undefined
  const inTenant = { ...ctx, tenantId: row.tenant_id }
  const { kind } = openFactor(reader, row)
  const question = (await listQuestions(inTenant, { keys: reader.keys, kind }, row)).find(
    ({ purpose }) => purpose === 'enroll',
  )
  return question && { ctx: inTenant, row, confirmation: PushKept.parse(question.kept).number }
}

/** Gives the enrolment its device. False when another device was faster, or this key is a device already. */
export async function pairWith(
  { ctx, row }: WaitingEnrollment,
  { keys }: FactorReader,
  { key, name }: { readonly key: DeviceKey; readonly name: string | undefined },
): Promise<boolean> {
  const data: PushData = { key, subscription: { transport: 'polling' } }
  const committed = await commit(ctx, [
    amendFactor({
      id: row.id,
      version: row.version,
      data: sealData(keys, row, data, ctx),
      handle: `push ${thumbprintOf(key)}`,
      label: row.label ?? name ?? null,
    }),
    record(ctx, { type: 'push.paired', userId: row.user_id, data: { factor_id: row.id, key_type: key.crv } }),
  ])
  return committed.done
}

/**
 * From now on this is how the device is told of requests. Undefined when it was changed meanwhile; nothing is done then.
 */
export async function subscribe(
  { ctx, row, data }: PushDevice,
  { keys }: Pick<FactorReader, 'keys'>,
  subscription: PushSubscription,
  event: 'push.subscribed' | 'push.unsubscribed',
): Promise<PushSubscription | undefined> {
  const { id, version, handle, label } = row
  const next: PushData = { ...data, subscription }
  const about = { factor_id: id, transport: subscription.transport, transport_before: data.subscription.transport }
  const committed = await commit(ctx, [
    amendFactor({ id, version, data: sealData(keys, row, next, ctx), handle, label }),
    record(ctx, { type: event, userId: row.user_id, data: about }),
  ])
  return committed.done ? subscription : undefined
}
