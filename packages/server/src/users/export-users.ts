import type { User } from '@gatehouse/contract/resources'
import { type Context, commit } from '../context.ts'
import { exportTotp } from '../factors/export-totp.ts'
import type { UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { listUsers } from './list-users.ts'

const usersPerPage = 200

/**
 * Everybody of a tenant, newest first, in the form that an import takes. With `keys` their authenticator apps come along, so
 * that they work elsewhere. Passwords never do: their hashes need our pepper. That it was done is on record.
 */
export async function* exportUsers(ctx: Context, keys?: Keyring): AsyncGenerator<Readonly<Record<string, unknown>>> {
  await commit(ctx, [record(ctx, { type: 'users.exported', data: { with_secrets: keys !== undefined } })])
  for (let cursor: string | undefined; ; ) {
    const page = await listUsers(ctx, { limit: usersPerPage, cursor })
    for (const user of page.data) {
      const totp = keys ? await exportTotp(ctx, keys, user.id as UserId) : []
      yield { ...formOf(user), ...(totp.length > 0 && { totp }) }
    }
    if (page.next_cursor === null) return
    cursor = page.next_cursor
  }
}

function formOf(user: User): Readonly<Record<string, unknown>> {
  const { email, external_id, name, phone_number, role } = user
  const known = Object.entries({ email, external_id, name, phone_number, role }).filter(([, value]) => value !== null)
  return {
    ...Object.fromEntries(known),
    email_verified: user.email_verified_at !== null,
    disabled: user.status === 'disabled',
  }
}
