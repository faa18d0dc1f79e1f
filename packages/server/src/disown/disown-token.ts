import type { Home } from '../crypto/seal.ts'
import { dayMs } from '../kernel/durations.ts'
import type { TenantId, UserId } from '../kernel/ids.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Keyring } from '../keys/keyring.ts'
import { openText, sealText } from '../keys/sealed-text.ts'

/** A sign-in that its owner is told of. */
export interface ToldSignIn {
  readonly tenantId: TenantId
  readonly userId: UserId
  /** When it was. */
  readonly at: number
}

const home: Home = { table: 'user', row: '', column: 'disown', tenant: '', purpose: 'disown' }
const form = /^(ten_[0-9a-z]{26}) (usr_[0-9a-z]{26}) ([0-9]{1,15})$/
/** Later than this the owner has had time to change the password by themselves. */
const lifeMs = 7 * dayMs

/** What a "this was not me" link carries: whose sign-in it is about, sealed, so that nothing of it is stored. */
export function disownToken(keys: Keyring, { tenantId, userId, at }: ToldSignIn, moment: Moment): string {
  return sealText(keys, `${tenantId} ${userId} ${at}`, home, moment)
}

/** Undefined for what was not made here, or too long ago. */
export function readDisownToken(keys: Keyring, token: string, now: Date): ToldSignIn | undefined {
  const [, tenantId, userId, at] = form.exec(openText(keys, token, home) ?? '') ?? []
  if (userId === undefined || now.getTime() - Number(at) >= lifeMs) return undefined
  return { tenantId: tenantId as TenantId, userId: userId as UserId, at: Number(at) }
}
