import type { MessageContent } from '@gatehouse/contract/messages'
import type { Context } from '../../context.ts'
import { disownToken } from '../../disown/disown-token.ts'
import { listMailAddresses } from '../../factors/mail-addresses.ts'
import { dayMs, hourMs } from '../../kernel/durations.ts'
import type { UserId } from '../../kernel/ids.ts'
import type { Keyring } from '../../keys/keyring.ts'
import type { LogReader, SealedEvent } from '../../log/log-reader.ts'
import type { Write } from '../../storage/write.ts'
import { findUserById } from '../../users/find-user-by-id.ts'
import type { Channels } from '../channel.ts'
import { sendMessage } from '../send-message.ts'
import { countPlacesSince, findPlace, seePlace } from './familiar-place.store.ts'
import { type Happening, isTold, type Notice, noticesOf, noticesOfFamiliar } from './notices-of.ts'
import { markPlace } from './place-mark.ts'
import { familiarMs } from './purge-places.ts'

interface Tools {
  readonly keys: Keyring
  readonly channels: Channels
  /** Who is told of what administrators are to look at. */
  readonly adminMail: readonly string[]
  /** Links lead to the address that the operator has set, whatever a request may say. */
  readonly publicUrl: string
}

/** A notice is of use for so long. */
const lifeMs = dayMs

/** Tells people what happens to their accounts, at all addresses that are theirs. */
export function noticeReader({ keys, channels, adminMail, publicUrl }: Tools): LogReader {
  async function tell(ctx: Context, event: SealedEvent): Promise<readonly Write[]> {
    const happening = happeningOf(event)
    if (!happening || event.at + lifeMs <= ctx.now.getTime()) return []
    const ofNew = noticesOf(happening)
    if (ofNew.length === 0) return []
    const user = await findUserById(ctx, happening.userId)
    if (!user) return []
    const { isNew, writes, place } = happening.type === 'login.succeeded' ? await look(ctx, happening) : familiar
    const notices = isNew ? ofNew : noticesOfFamiliar(happening)
    const link = `${publicUrl}/not-me?token=${disownToken(keys, { tenantId: ctx.tenantId, userId: user.id, at: event.at }, ctx)}`
    const addresses = notices.length > 0 ? await listMailAddresses(ctx, keys, user) : []
    const mails = notices.flatMap((notice) =>
      recipientsOf(notice, addresses, event.email, adminMail).flatMap((to) =>
        sendMessage(ctx, keys, {
          ...fillLink(notice.content, link),
          channel: 'email',
          to,
          notAfter: new Date(event.at + lifeMs),
          onceKey: `${notice.onceKey}${place} ${to}`,
          userId: user.id,
        }),
      ),
    )
    return [...writes, ...mails]
  }

  return {
    name: 'notices',
    begins: 'oldest',
    async read(ctx, events) {
      if (!channels.email) return []
      const writes: Write[] = []
      for (const event of events) {
        if (isTold(event.type)) writes.push(...(await tell({ ...ctx, tenantId: event.tenant_id }, event)))
      }
      return writes
    },
  }
}

/** The words with the link, where they have a place for it. */
function fillLink(content: MessageContent, link: string): MessageContent {
  return 'link' in content.values ? ({ ...content, values: { ...content.values, link } } as MessageContent) : content
}

const familiar = { isNew: true, writes: [], place: '' } as const
/** So many new places in an hour are told of one by one; whoever has the password must not fill a mailbox with more. */
const toldPlaces = 5

/**
 * Whether the owner has signed in from there before; from now on they have. `place` tells new places apart: that the owner was told
 * of one of them a moment ago is no reason to keep the next from them.
 */
async function look(ctx: Context, { userId, ipAddress, userAgent, at }: Happening & { readonly userId: UserId }) {
  const mark = markPlace(ipAddress, userAgent)
  const known = await findPlace(ctx.db, userId, mark)
  const isFresh = known !== undefined && at - known.seen_at < dayMs
  const seen = seePlace({ tenant_id: ctx.tenantId, user_id: userId, mark, seen_at: at })
  const isFamiliar = known !== undefined && at - known.seen_at < familiarMs
  const writes = isFresh ? [] : [seen]
  if (isFamiliar) return { isNew: false, writes, place: '' }
  const others = await countPlacesSince(ctx.db, userId, at - hourMs, toldPlaces)
  return { isNew: true, writes, place: others < toldPlaces ? ` ${mark.toString('base64url')}` : '' }
}

function happeningOf(event: SealedEvent): (Happening & { readonly userId: UserId }) | undefined {
  const { id, type, at, user_id, ip_address, user_agent, data } = event
  if (user_id === null || !isTold(type)) return undefined
  return {
    id,
    type,
    at,
    userId: user_id as UserId,
    ipAddress: ip_address,
    userAgent: user_agent,
    data: JSON.parse(data) as Readonly<Record<string, unknown>>,
  }
}

function recipientsOf(
  { to }: Notice,
  addresses: readonly string[],
  former: string | null,
  adminMail: readonly string[],
): readonly string[] {
  if (to === 'administrators') return adminMail
  return to === 'everywhere' && former !== null ? [...new Set([...addresses, former])] : addresses
}
