import type * as api from '@gatehouse/contract/account-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { User } from '@gatehouse/contract/resources'
import { type Context, commit, isTestCall } from '../context.ts'
import type { Letter } from '../factors/factor.ts'
import { dayMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { record } from '../log/record.ts'
import { ownId } from '../me/owned-by-self.ts'
import { circumstancesOf } from '../messages/circumstances.ts'
import { sendMessage } from '../messages/send-message.ts'
import type { Write } from '../storage/write.ts'
import { changeEmail, changePhone } from '../users/change-user.ts'
import { emailKey } from '../users/email.ts'
import { findUserByAddress } from '../users/find-user-by-address.ts'
import { getUser, getUserRow, type UserRow } from '../users/get-user.ts'
import { type AddressTools, judgeAddressCode, normalAddress, sendAddressCode } from './address-code.ts'
import { settleVerified } from './verify-address.ts'

const inUse = { kind: 'address_in_use', values: {}, channel: 'email' } as const

/**
 * Sends a code to the address that the account is to have. One that belongs to another account gets a word about that in
 * place of a code, and whoever asked gets the same answer: an account is no way to find out who has another.
 */
export function changeMyEmail(tools: AddressTools) {
  return async (
    ctx: Context,
    { email }: Parsed<typeof api.changeMyEmail>,
  ): Promise<Output<typeof api.changeMyEmail>> => {
    const user = await getUserRow(ctx, ownId(ctx))
    const address = await normalAddress('email', email)
    const other = await findUserByAddress(ctx, email)
    const isTaken = other !== undefined && other.id !== user.id
    return ask(ctx, tools, user, { type: 'email', address, ...(isTaken && { instead: { ...inUse, to: address } }) })
  }
}

export function changeMyPhone(tools: AddressTools) {
  return async (
    ctx: Context,
    { phone_number }: Parsed<typeof api.changeMyPhone>,
  ): Promise<Output<typeof api.changeMyPhone>> => {
    const user = await getUserRow(ctx, ownId(ctx))
    return ask(ctx, tools, user, { type: 'sms', address: await normalAddress('sms', phone_number) })
  }
}

async function ask(
  ctx: Context,
  tools: AddressTools,
  user: UserRow,
  wanted: { readonly type: 'email' | 'sms'; readonly address: string; readonly instead?: Letter },
) {
  const { writes, answer } = await sendAddressCode(ctx, tools, user, wanted)
  const data = { channel: wanted.type }
  await commit(ctx, [...writes, record(ctx, { type: 'user.address_challenged', userId: user.id, data })])
  return answer
}

/** The code from the new address makes it that of the account, and the old one is told (`notices-of.ts`). */
export function confirmMyEmail(tools: AddressTools) {
  return async (ctx: Context, { email, code }: Parsed<typeof api.confirmMyEmail>): Promise<User> => {
    const user = await getUserRow(ctx, ownId(ctx))
    const address = await normalAddress('email', email)
    const spend = await judgeAddressCode(ctx, tools, user, { type: 'email', address, code })
    if (emailKey(email) === user.email_key) return settleVerified(ctx, user, 'email', spend)
    return settle(ctx, user, [
      spend,
      changeEmail(ctx, user, email),
      record(ctx, { type: 'user.email_changed', userId: user.id, email: user.email ?? undefined }),
    ])
  }
}

/** A number is bound anew: the code has proven the new one, and the old one is told by the way that it was. */
export function confirmMyPhone(tools: AddressTools) {
  return async (ctx: Context, { phone_number, code }: Parsed<typeof api.confirmMyPhone>): Promise<User> => {
    const user = await getUserRow(ctx, ownId(ctx))
    const address = await normalAddress('sms', phone_number)
    const spend = await judgeAddressCode(ctx, tools, user, { type: 'sms', address, code })
    if (address === user.phone_number) return settleVerified(ctx, user, 'sms', spend)
    return settle(ctx, user, [
      spend,
      changePhone(ctx, user, address),
      record(ctx, { type: 'user.phone_changed', userId: user.id }),
      ...(await tellOldNumber(ctx, tools, user)),
    ])
  }
}

async function settle(ctx: Context, user: UserRow, writes: readonly Write[]): Promise<User> {
  const committed = await commit(ctx, writes)
  if (!committed.done) throw new Fault('version_conflict')
  return getUser(ctx, { id: user.id })
}

async function tellOldNumber(
  ctx: Context,
  { keys, channels }: AddressTools,
  { id: userId, phone_number: to }: UserRow,
): Promise<readonly Write[]> {
  const channel = channels.sms
  if (to === null || !(channel || isTestCall(ctx))) return []
  try {
    await channel?.count?.(ctx, { to, userId })
  } catch {
    // A number that nothing is sent to any more must not hold up the new one: the mails tell of it.
    return []
  }
  const values = circumstancesOf({ ...ctx.source, at: ctx.now })
  const notAfter = new Date(ctx.now.getTime() + dayMs)
  return sendMessage(ctx, keys, { kind: 'phone_changed', values, channel: 'sms', to, notAfter, userId })
}
