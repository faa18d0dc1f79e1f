import type { Context } from '../context.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Write } from '../storage/write.ts'
import { emailKey } from './email.ts'
import { insertUser } from './user.store.ts'

/** What is known of somebody who gets an account. */
interface NewUser {
  readonly id: UserId
  readonly email?: string | undefined
  readonly external_id?: string | undefined
  readonly name?: string | undefined
  readonly phone_number?: string | undefined
  readonly role?: string
  /** Of an administrator: the tenants. */
  readonly looks_after?: string | null
  /** Whether they have shown that they read what goes to the address. */
  readonly isVerified?: boolean
  readonly isDisabled?: boolean
}

/**
 * The row of a new user. Fails as `email taken` when the tenant has one with this address, in whatever spelling, or with this external
 * id.
 */
export function newUser(ctx: Context, user: NewUser): Write {
  const now = ctx.now.getTime()
  return insertUser({
    id: user.id,
    tenant_id: ctx.tenantId,
    email: user.email ?? null,
    email_key: user.email === undefined ? null : emailKey(user.email),
    external_id: user.external_id ?? null,
    name: user.name ?? null,
    phone_number: user.phone_number ?? null,
    email_verified_at: user.isVerified ? now : null,
    phone_verified_at: null,
    role: user.role ?? 'user',
    looks_after: user.looks_after ?? null,
    created_at: now,
    updated_at: now,
    disabled_at: user.isDisabled ? now : null,
    version: 1,
  })
}
