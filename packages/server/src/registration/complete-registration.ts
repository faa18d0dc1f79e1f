import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { completeRegistration as Contract } from '@gatehouse/contract/registration-operations'
import { type Context, commit, settle } from '../context.ts'
import { sha256 } from '../crypto/sha256.ts'
import { newId, type UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { getUser } from '../users/get-user.ts'
import { newUser } from '../users/new-user.ts'
import {
  deleteRegistrationTokensOf,
  findRegistrationToken,
  type RegistrationTokenRow,
  spendRegistrationToken,
} from './registration-token.store.ts'
import { demandOpen } from './request-registration.ts'

export interface CompleteTools {
  readonly passwords: Passwords
  readonly rules: Rules
}

type Given = Pick<Parsed<typeof Contract>, 'token' | 'password' | 'name'>

const form = /^rgt_[0-9A-Za-z]{49}$/

/** A token that is good now. Undefined for all else: nobody learns what is wrong with one. */
async function findRegistration(ctx: Context, token: string): Promise<RegistrationTokenRow | undefined> {
  const row = form.test(token) ? await findRegistrationToken(ctx.db, sha256(token)) : undefined
  return row && row.expires_at > ctx.now.getTime() ? row : undefined
}

/** An account for who reads the mail of the address. It signs nobody in: the first sign-in asks for what every one asks for. */
export function completeRegistration(tools: CompleteTools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    await demandOpen(ctx, tools.rules)
    const row = await findRegistration(ctx, input.token)
    // What an application has asked for is for its people alone.
    const { actor } = ctx
    const isTheirs = row?.tenant_id === ctx.tenantId && actor.kind === 'client' && actor.client.id === row.client_id
    if (!row || !isTheirs) return refuseToken(ctx)
    return getUser(ctx, { id: await makeAccount(ctx, tools, row, input) })
  }
}

/** The same on the page of the server: the token itself says for whom. */
export function registerOnPage(tools: CompleteTools) {
  return async (ctx: Context, input: Given): Promise<void> => {
    const row = await findRegistration(ctx, input.token)
    if (!row) return refuseToken(ctx)
    const theirs = { ...ctx, tenantId: row.tenant_id }
    await demandOpen(theirs, tools.rules)
    await makeAccount(theirs, tools, row, input)
    await settle(ctx)
  }
}

function refuseToken(ctx: Context): Promise<never> {
  return refuse(ctx, 'mail_token_invalid', { event: { type: 'registration.failed', data: { reason: 'token' } } })
}

async function makeAccount(
  ctx: Context,
  { passwords }: CompleteTools,
  { token_hash, email, email_key }: RegistrationTokenRow,
  { password, name }: Given,
): Promise<UserId> {
  const id = newId('usr', ctx)
  const newPassword = await passwords.set(ctx, { id, email, name: name ?? null, isNew: true }, password)
  const committed = await commit(ctx, [
    spendRegistrationToken({ token_hash }),
    // Fails when the address has got an account since the mail was sent.
    newUser(ctx, { id, email, name, isVerified: true }),
    ...newPassword,
    deleteRegistrationTokensOf({ email_key, tenant_id: ctx.tenantId }),
    record(ctx, { type: 'user.created', userId: id, email, data: { registered: true } }),
  ])
  return committed.done ? id : refuseToken(ctx)
}
