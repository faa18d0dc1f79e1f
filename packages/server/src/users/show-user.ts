import type { User } from '@gatehouse/contract/resources'
import type { UserRow } from './user.store.ts'

/** A user as the API shows them. */
export function showUser(user: UserRow): User {
  return {
    id: user.id,
    number: user.number,
    email: user.email,
    external_id: user.external_id,
    name: user.name,
    phone_number: user.phone_number,
    email_verified_at: showTime(user.email_verified_at),
    phone_verified_at: showTime(user.phone_verified_at),
    role: user.role,
    status: user.disabled_at === null ? 'active' : 'disabled',
    created_at: new Date(user.created_at).toISOString(),
    updated_at: new Date(user.updated_at).toISOString(),
  }
}

function showTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
