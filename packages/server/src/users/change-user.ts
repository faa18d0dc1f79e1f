import type { EventType } from '@gatehouse/contract/events'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { updateUser as UpdateContract } from '@gatehouse/contract/user-operations'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Write } from '../storage/write.ts'
import { emailKey } from './email.ts'
import { getUser, getUserRow } from './get-user.ts'
import { findUserByEmail, findUserByExternalId, replaceUser, setVerified, type UserRow } from './user.store.ts'

interface Tools {
  readonly passwords: Passwords
  readonly sessions: Sessions
}

/** Changes what is given and nothing else. A new password ends the sessions that the old one opened. */
export function updateUser({ passwords, sessions }: Tools) {
  return async (ctx: Context, input: Parsed<typeof UpdateContract>): Promise<Output<typeof UpdateContract>> => {
    const { id, password, ...given } = input
    const user = await getUserRow(ctx, id)
    const changed = { ...user, ...withoutUndefined(given) }
    const email_key = changed.email === null ? null : emailKey(changed.email)
    checkIsWhole(changed, password)
    await checkIsFree(ctx, user, { email_key, external_id: changed.external_id })
    const newPassword = password === undefined ? [] : await passwords.set(ctx, changed, password)
    const fields = Object.keys(given).join(' ')
    await replace(ctx, { ...changed, email_key, ...verifiedOf(user, { ...changed, email_key }) }, [
      ...newPassword,
      ...(password === undefined ? [] : sessions.endAllOf(ctx, id, 'password_changed')),
      record(ctx, { type: 'user.updated', userId: id, data: { fields } }),
      // Of the old address: its owner is told there, too.
      ...(email_key === user.email_key
        ? []
        : [record(ctx, { type: 'user.email_changed', userId: id, email: user.email ?? undefined })]),
    ])
    if (password !== undefined) sessions.forgetAll()
    return getUser(ctx, { id })
  }
}

/** What they have shown of an address goes with it. */
function verifiedOf(
  before: UserRow,
  { email_key, phone_number }: Pick<UserRow, 'email_key' | 'phone_number'>,
): Pick<UserRow, 'email_verified_at' | 'phone_verified_at'> {
  return {
    email_verified_at: email_key === before.email_key ? before.email_verified_at : null,
    phone_verified_at: phone_number === before.phone_number ? before.phone_verified_at : null,
  }
}

/** Nobody is without a name to find them by, or has a password and no name to sign in with. */
function checkIsWhole({ email, external_id }: Pick<UserRow, 'email' | 'external_id'>, password: string | undefined) {
  if (email !== null) return
  const errors = [
    ...(external_id === null ? [{ pointer: '/external_id', code: 'required' }] : []),
    ...(password === undefined ? [] : [{ pointer: '/password', code: 'needs_email' }]),
  ]
  if (errors.length > 0) throw new Fault('invalid_request', { errors })
}

/** Before the work. The store decides: of two who want one address at the same time, one gets `version_conflict`. */
async function checkIsFree(
  ctx: Context,
  user: UserRow,
  { email_key, external_id }: Pick<UserRow, 'email_key' | 'external_id'>,
): Promise<void> {
  if (email_key !== null && email_key !== user.email_key && (await findUserByEmail(ctx.db, ctx.tenantId, email_key))) {
    throw new Fault('email_taken')
  }
  if (external_id === null || external_id === user.external_id) return
  if (await findUserByExternalId(ctx.db, ctx.tenantId, external_id)) throw new Fault('external_id_taken')
}

/** Ends what was opened for the user as they were. Fails as `user changed`. */
export function touchUser(ctx: Context, user: UserRow): Write {
  return replaceUser({ ...user, updated_at: ctx.now.getTime() })
}

/** They read the mail of their account. Fails as `user changed`; ends what was opened for the user as they were. */
export function markVerified(ctx: Context, user: UserRow): Write {
  const now = ctx.now.getTime()
  return replaceUser({ ...user, email_verified_at: user.email_verified_at ?? now, updated_at: now })
}

/** They read what goes to the address that they have. Fails as `user changed`, and ends nothing. */
export function noteVerified(
  ctx: Context,
  { id, tenant_id, version, email_verified_at, phone_verified_at }: UserRow,
  what: 'email_verified_at' | 'phone_verified_at',
): Write {
  const now = ctx.now.getTime()
  return setVerified({ id, tenant_id, version, email_verified_at, phone_verified_at, updated_at: now, [what]: now })
}

/** A proven address in the place of the one before. Fails as `user changed`, also when it is another user's. */
export function changeEmail(ctx: Context, user: UserRow, email: string): Write {
  const now = ctx.now.getTime()
  return replaceUser({ ...user, email, email_key: emailKey(email), email_verified_at: now, updated_at: now })
}

/** A proven number in the place of the one before. Fails as `user changed`. */
export function changePhone(ctx: Context, user: UserRow, phone_number: string): Write {
  const now = ctx.now.getTime()
  return replaceUser({ ...user, phone_number, phone_verified_at: now, updated_at: now })
}

/** Gives a user another name. Fails as `user changed`. */
export function renameUser(ctx: Context, user: UserRow, name: string | null): Write {
  return replaceUser({ ...user, name, updated_at: ctx.now.getTime() })
}

/** Nobody comes in as this user any more, and whoever is in is out. */
export function disableUser({ sessions }: Pick<Tools, 'sessions'>) {
  return async (ctx: Context, input: { readonly id: UserId; readonly reason: string }) => {
    const user = await getUserRow(ctx, input.id)
    const ended = sessions.endAllOf(ctx, user.id, 'user_disabled')
    await setDisabled(ctx, user, ctx.now.getTime(), 'user.disabled', input.reason, ended)
    sessions.forgetAll()
    return getUser(ctx, { id: user.id })
  }
}

export async function enableUser(ctx: Context, input: { readonly id: UserId; readonly reason: string }) {
  const user = await getUserRow(ctx, input.id)
  await setDisabled(ctx, user, null, 'user.enabled', input.reason, [])
  return getUser(ctx, { id: user.id })
}

function setDisabled(
  ctx: Context,
  user: UserRow,
  disabledAt: number | null,
  type: EventType,
  reason: string,
  more: readonly Write[],
): Promise<void> {
  const event = record(ctx, { type, userId: user.id, data: { reason } })
  return replace(ctx, { ...user, disabled_at: disabledAt }, [...more, event])
}

async function replace(ctx: Context, user: UserRow, more: readonly Write[]): Promise<void> {
  const committed = await commit(ctx, [replaceUser({ ...user, updated_at: ctx.now.getTime() }), ...more])
  if (!committed.done) throw new Fault('version_conflict')
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(fields: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Defined<T>>
}
