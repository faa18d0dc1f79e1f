import type * as api from '@gatehouse/contract/account-operations'
import type { Output } from '@gatehouse/contract/operation'
import type { User } from '@gatehouse/contract/resources'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { noteVerified } from '../users/change-user.ts'
import { getUser, getUserRow, type UserRow } from '../users/get-user.ts'
import {
  type AddressTools,
  type AddressType,
  judgeAddressCode,
  normalAddress,
  sendAddressCode,
} from './address-code.ts'

/** Sends a code to the address that the account of a user has. */
export function sendVerification(tools: AddressTools, type: AddressType) {
  return async (ctx: Context, { id }: { readonly id: UserId }): Promise<Output<typeof api.sendEmailVerification>> => {
    const user = await getUserRow(ctx, id)
    const address = await getAddress(type, user)
    const { writes, answer } = await sendAddressCode(ctx, tools, user, { type, address })
    const data = { channel: type }
    await commit(ctx, [...writes, record(ctx, { type: 'user.address_challenged', userId: id, data })])
    return answer
  }
}

/** The code came back: the user reads what goes there. */
export function confirmVerification(tools: AddressTools, type: AddressType) {
  return async (ctx: Context, { id, code }: { readonly id: UserId; readonly code: string }): Promise<User> => {
    const user = await getUserRow(ctx, id)
    const spend = await judgeAddressCode(ctx, tools, user, { type, address: await getAddress(type, user), code })
    return settleVerified(ctx, user, type, spend)
  }
}

/** The commit of a proven address that the account has already. */
export async function settleVerified(
  ctx: Context,
  user: UserRow,
  type: AddressType,
  spend: Awaited<ReturnType<typeof judgeAddressCode>>,
): Promise<User> {
  const event = type === 'email' ? 'user.email_verified' : 'user.phone_verified'
  const committed = await commit(ctx, [
    spend,
    noteVerified(ctx, user, type === 'email' ? 'email_verified_at' : 'phone_verified_at'),
    record(ctx, { type: event, userId: user.id }),
  ])
  if (!committed.done) throw new Fault('version_conflict')
  return getUser(ctx, { id: user.id })
}

async function getAddress(type: AddressType, user: UserRow): Promise<string> {
  const given = type === 'email' ? user.email : user.phone_number
  if (given === null) throw new Fault('invalid_request', { errors: [{ pointer: '/id', code: 'no_address' }] })
  return normalAddress(type, given)
}
