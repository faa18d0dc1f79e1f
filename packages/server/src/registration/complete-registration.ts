import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { completeRegistration as Contract } from '@gatehouse/contract/registration-operations'
import { type Context, commit, settle } from '../context.ts'
import { newId, type UserId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import { refuse } from '../log/refuse.ts'
import type { Passwords } from '../passwords/passwords.ts'
import type { Rules } from '../policies/tenant-rules.ts'
import { getUser } from '../users/get-user.ts'
import { newUser } from '../users/new-user.ts'
import { registrationTokens } from './registration-tokens.ts'
import { demandOpen } from './request-registration.ts'

export interface CompleteTools {
  readonly passwords: Passwords
  readonly rules: Rules
}

type Given = Pick<Parsed<typeof Contract>, 'token' | 'password' | 'name'>

type Token = Awaited<ReturnType<typeof registrationTokens.find>>

/** An account for who reads the mail of the address. It signs nobody in: the first sign-in asks for what every one asks for. */
export function completeRegistration(tools: CompleteTools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    await demandOpen(ctx, tools.rules)
    const token = await registrationTokens.findOwn(ctx, input.token)
    if (!token) return refuseToken(ctx)
    return getUser(ctx, { id: await makeAccount(ctx, tools, token, input) })
  }
}

/** The same on the page of the server: the token itself says for whom. */
export function registerOnPage(tools: CompleteTools) {
  return async (ctx: Context, input: Given): Promise<void> => {
    const token = await registrationTokens.find(ctx, input.token)
    if (!token) return refuseToken(ctx)
    const theirs = { ...ctx, tenantId: token.tenantId }
    await demandOpen(theirs, tools.rules)
    await makeAccount(theirs, tools, token, input)
    await settle(ctx)
  }
}

function refuseToken(ctx: Context): Promise<never> {
  return refuse(ctx, 'mail_token_invalid', { event: { type: 'registration.failed', data: { reason: 'token' } } })
}

async function makeAccount(
  ctx: Context,
  { passwords }: CompleteTools,
  { about: { email }, spend }: NonNullable<Token>,
  { password, name }: Given,
): Promise<UserId> {
  const id = newId('usr', ctx)
  const newPassword = await passwords.set(ctx, { id, email, name: name ?? null, isNew: true }, password)
  const committed = await commit(ctx, [
    ...spend,
    // Fails when the address has got an account since the mail was sent.
    newUser(ctx, { id, email, name, isVerified: true }),
    ...newPassword,
    record(ctx, { type: 'user.created', userId: id, email, data: { registered: true } }),
  ])
  return committed.done ? id : refuseToken(ctx)
}
