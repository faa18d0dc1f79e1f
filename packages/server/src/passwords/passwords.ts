import type { Policy } from '@gatehouse/contract/policy'
import type { ProblemCode } from '@gatehouse/contract/problems'
import type { Context } from '../context.ts'
import type { Home } from '../crypto/seal.ts'
import { isReal, listActiveFactors } from '../factors/list-factors.ts'
import { Fault } from '../kernel/fault.ts'
import { nobodyId, type TenantId, type UserId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { sealedColumn } from '../keys/sealed-column.ts'
import { record } from '../log/record.ts'
import type { Write } from '../storage/write.ts'
import { loadCommonPasswords } from './common-passwords.ts'
import { readForeignHash } from './foreign-hash.ts'
import { findPassword, rehashPassword, setPassword } from './password.store.ts'
import type { PasswordHasher } from './password-hasher.ts'
import { checkPassword, type PasswordProblem } from './password-policy.ts'

/** Whose password it is, for the rule that it must not contain their name. */
interface Owner {
  readonly id: UserId
  readonly email: string | null
  readonly name: string | null
  /** Set when the account is made in the same commit. */
  readonly isNew?: true
  /** Set when nothing but reading the mail of the account has proven who sets it. */
  readonly isByMail?: true
}

/** The passwords of users. */
export interface Passwords {
  /**
   * Whether this is the password of the user; undefined stands for an unknown one. Always the same work. `writes` go
   * into the commit of whatever the password opens. `isByMail`: a mail is no second factor beside it.
   */
  check(
    ctx: Context,
    userId: UserId | undefined,
    password: string,
  ): Promise<{ readonly matches: boolean; readonly isByMail: boolean; readonly writes: readonly Write[] }>
  /**
   * The writes that give a user this password.
   * @throws Fault `invalid_request`, `password_too_short` or `password_too_common`
   */
  set(ctx: Context, owner: Owner, password: string): Promise<readonly Write[]>
  /**
   * The writes that give a new user the password that another system knows. It is hashed anew when they sign in.
   * Undefined for a hash whose form is not known.
   */
  adopt(ctx: Context, userId: UserId, foreignHash: string): readonly Write[] | undefined
}

interface Tools {
  readonly hasher: PasswordHasher
  readonly policy: Policy
  readonly serviceName: string
  readonly keys: Keyring
}

export function passwordsOf({ hasher, policy, serviceName, keys }: Tools): Passwords {
  /** The hash of another system that is stored for a user who has not signed in here yet. */
  function openForeign({ hash, tenant_id, user_id }: { hash: string; tenant_id: TenantId; user_id: UserId }) {
    if (!hash.startsWith(foreignMark)) return undefined
    const sealed = Buffer.from(hash.slice(foreignMark.length), 'base64')
    return keys.open(sealed, homeOfForeign(tenant_id, user_id)).toString('utf8')
  }

  return {
    async check(ctx, userId, password) {
      const row = await findPassword(ctx.db, ctx.tenantId, userId ?? nobodyId)
      const foreign = row && openForeign(row)
      const { matches, stale } = foreign
        ? await hasher.verifyForeign(foreign, password)
        : await hasher.verify(row && { hash: row.hash, pepperId: row.pepper_id }, password)
      const isByMail = row?.by_mail === 1
      if (!row || !matches || !stale) return { matches, isByMail, writes: [] }
      const fresh = await hasher.hash(password)
      return {
        matches,
        isByMail,
        writes: [
          rehashPassword({ user_id: row.user_id, hash: fresh.hash, pepper_id: fresh.pepperId, version: row.version }),
          record(ctx, { type: 'password.rehashed', userId: row.user_id }),
        ],
      }
    },

    async set(ctx, owner, password) {
      const factors = await listActiveFactors(ctx, owner.id)
      const problem = checkPassword(password, {
        policy,
        // By what is proven, not by what will be demanded: docs/decisions/0007.
        standsAlone: !factors.some(isReal),
        common: await loadCommonPasswords(),
        email: owner.email,
        name: owner.name,
        serviceNames: [serviceName],
      })
      if (problem) throw new Fault(problemCodes[problem.reason], { detail: problem.detail })
      const { hash, pepperId } = await hasher.hash(password)
      return [
        setPassword({
          user_id: owner.id,
          tenant_id: ctx.tenantId,
          hash,
          pepper_id: pepperId,
          changed_at: ctx.now.getTime(),
          by_mail: owner.isByMail ? 1 : 0,
        }),
        record(ctx, {
          type: 'password.changed',
          userId: owner.id,
          data: owner.isNew ? { with_account: true } : {},
        }),
      ]
    },

    adopt(ctx, userId, foreignHash) {
      if (!readForeignHash(foreignHash)) return undefined
      const sealed = keys.seal(foreignHash, homeOfForeign(ctx.tenantId, userId), ctx)
      return [
        setPassword({
          user_id: userId,
          tenant_id: ctx.tenantId,
          hash: `${foreignMark}${sealed.toString('base64')}`,
          pepper_id: keys.pepper.id,
          changed_at: ctx.now.getTime(),
          by_mail: 0,
        }),
      ]
    },
  }
}

const foreignMark = 'foreign:'

/** It has no pepper of ours, so it is sealed: a stolen database alone cannot be searched for passwords. */
function homeOfForeign(tenantId: TenantId, userId: UserId): Home {
  return { table: 'password', row: userId, column: 'hash', tenant: tenantId, purpose: 'foreign' }
}

export const sealedForeignHashes = sealedColumn({
  table: 'password',
  column: 'hash',
  key: ['user_id'],
  also: ['tenant_id'],
  home: ({ tenant_id, user_id }) => homeOfForeign(tenant_id, user_id),
  mark: foreignMark,
})

const problemCodes: Readonly<Record<PasswordProblem['reason'], ProblemCode>> = {
  too_short: 'password_too_short',
  too_long: 'invalid_request',
  malformed: 'invalid_request',
  common: 'password_too_common',
  contains_name: 'password_too_common',
}
