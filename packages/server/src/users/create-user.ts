import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { createUser as Contract } from '@gatehouse/contract/user-operations'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { newId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import type { Passwords } from '../passwords/passwords.ts'
import { getUser } from './get-user.ts'
import { newUser } from './new-user.ts'
import { findUserByExternalId } from './user.store.ts'

/** A new user. Of two with one address, in whatever spelling, or one external id the first is created. */
export function createUser({ passwords }: { readonly passwords: Passwords }) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const id = newId('usr', ctx)
    const name = input.name ?? null
    const email = input.email ?? null
    const password =
      input.password === undefined ? [] : await passwords.set(ctx, { id, email, name, isNew: true }, input.password)
    const committed = await commit(ctx, [
      newUser(ctx, { id, ...input }),
      record(ctx, { type: 'user.created', userId: id, email: input.email }),
      ...password,
    ])
    if (!committed.done) {
      const other = input.external_id && (await findUserByExternalId(ctx.db, ctx.tenantId, input.external_id))
      throw new Fault(other ? 'external_id_taken' : 'email_taken')
    }
    return getUser(ctx, { id })
  }
}
