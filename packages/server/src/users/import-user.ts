import { createUser as Contract } from '@gatehouse/contract/user-operations'
import { z } from 'zod'
import { type Context, commit } from '../context.ts'
import { ImportedTotp, importTotp } from '../factors/import-totp.ts'
import { newId, type UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import type { Passwords } from '../passwords/passwords.ts'
import { findUserByAddress } from './find-user-by-address.ts'
import { newUser } from './new-user.ts'
import { findUserByExternalId } from './user.store.ts'

const { email, external_id, name, phone_number, role } = Contract.input.shape

/** One person as another system knows them. */
export const ImportedUser = z
  .strictObject({
    email,
    external_id,
    name,
    phone_number,
    role,
    /** Whether they have shown there that they read what goes to the address. */
    email_verified: z.boolean().default(false),
    disabled: z.boolean().default(false),
    /** The hash of their password, in one of the forms of `passwords/foreign-hash.ts`. */
    password_hash: z.string().max(1024).optional(),
    totp: z.array(ImportedTotp).max(5).default([]),
  })
  .refine((user) => user.email !== undefined || user.external_id !== undefined, {
    path: ['email'],
    message: 'a user has an email, an external_id, or both',
  })
export type ImportedUser = z.infer<typeof ImportedUser>

/** What became of one of them. */
export type Imported =
  | { readonly done: true; readonly id: UserId }
  /** There is a user with this address or external id already; they were left as they are. */
  | { readonly done: false; readonly reason: 'exists' }
  | { readonly done: false; readonly reason: 'hash_unknown' }

/** A user of another system, with password and authenticator apps, in one commit. */
export function importUser({ passwords, keys }: { readonly passwords: Passwords; readonly keys: Keyring }) {
  return async (ctx: Context, user: ImportedUser): Promise<Imported> => {
    if (await isThere(ctx, user)) return { done: false, reason: 'exists' }
    const id = newId('usr', ctx)
    const password = user.password_hash === undefined ? [] : passwords.adopt(ctx, id, user.password_hash)
    if (!password) return { done: false, reason: 'hash_unknown' }
    const row = newUser(ctx, { id, ...user, isVerified: user.email_verified, isDisabled: user.disabled })
    const created = record(ctx, { type: 'user.created', userId: id, email: user.email, data: { imported: true } })
    const factors = user.totp.flatMap((given) => importTotp(ctx, keys, id, given))
    const committed = await commit(ctx, [row, created, ...password, ...factors])
    return committed.done ? { done: true, id } : { done: false, reason: 'exists' }
  }
}

async function isThere(ctx: Context, user: ImportedUser): Promise<boolean> {
  if (user.email !== undefined && (await findUserByAddress(ctx, user.email))) return true
  return user.external_id !== undefined && !!(await findUserByExternalId(ctx.db, ctx.tenantId, user.external_id))
}
