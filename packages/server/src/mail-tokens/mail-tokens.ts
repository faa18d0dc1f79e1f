import type { Context } from '../context.ts'
import { randomToken } from '../crypto/random-token.ts'
import { sha256 } from '../crypto/sha256.ts'
import type { ClientId, TenantId } from '../kernel/ids.ts'
import { purgeOld } from '../purge/purge-old.ts'
import type { Write } from '../storage/write.ts'
import {
  deleteMailTokensOf,
  findTokenRow,
  insertMailToken,
  type MailTokenRow,
  oldMailTokens,
  spendMailToken,
} from './mail-token.store.ts'

/** A token that is good now. */
export interface MailToken<About> {
  readonly tenantId: TenantId
  readonly subject: string
  readonly about: About
  /** It is good once; all others of its subject are over with it. The first of the writes fails when it is spent. */
  readonly spend: readonly Write[]
}

export interface NewMailToken<About> {
  /** Whose it is: a user by their id, or an address by its canonical form. */
  readonly subject: string
  /** The application that asked for it. */
  readonly clientId: ClientId
  /** What holds for it beside its subject. */
  readonly about: About
  readonly expiresAt: Date
}

/**
 * What stands in the links of our mails, for one purpose: good once, for a while, and stored so that nobody learns it there.
 * Several of one subject live beside each other: who asks again and again could otherwise take the owner's away.
 */
export function mailTokens<About>(prefix: `${string}_`) {
  const form = new RegExp(`^${prefix}[0-9A-Za-z]{49}$`)

  async function findRow({ db, now }: Context, token: string): Promise<MailTokenRow | undefined> {
    const row = form.test(token) ? await findTokenRow(db, sha256(token)) : undefined
    return row && row.expires_at > now.getTime() ? row : undefined
  }

  function open({ token_hash, tenant_id, subject, about }: MailTokenRow): MailToken<About> {
    const spend = [spendMailToken({ token_hash }), deleteMailTokensOf({ subject, tenant_id })]
    return { tenantId: tenant_id, subject, about: JSON.parse(about), spend }
  }

  return {
    create(ctx: Context, { subject, clientId, about, expiresAt }: NewMailToken<About>) {
      const token = randomToken(prefix, ctx)
      const write = insertMailToken({
        token_hash: sha256(token),
        tenant_id: ctx.tenantId,
        client_id: clientId,
        subject,
        about: JSON.stringify(about),
        expires_at: expiresAt.getTime(),
      })
      return { token, write }
    },

    /** Of any tenant. Undefined for all that is not good: nobody learns what is wrong with one. */
    async find(ctx: Context, token: string): Promise<MailToken<About> | undefined> {
      const row = await findRow(ctx, token)
      return row && open(row)
    },

    /** The same for an application: what it has asked for is for its people alone. */
    async findOwn(ctx: Context, token: string): Promise<MailToken<About> | undefined> {
      const { tenantId, actor } = ctx
      const row = await findRow(ctx, token)
      const isOwn = row?.tenant_id === tenantId && actor.kind === 'client' && actor.client.id === row.client_id
      return isOwn ? open(row) : undefined
    },
  }
}

/** All that this user or this address could still use, for whatever. */
export function eraseMailTokens(ctx: Context, subject: string): Write {
  return deleteMailTokensOf({ subject, tenant_id: ctx.tenantId })
}

/** Tokens that are over. */
export const purgeMailTokens = purgeOld(oldMailTokens)
