import type { PushTransport } from '@gatehouse/contract/push-operations'
import type { FactorId, TenantId } from '../kernel/ids.ts'
import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

type DeliveryRow = Schema['push_delivery']

export const insertDelivery = write<Omit<DeliveryRow, 'fetched_at'>>('exactlyOne', 'push delivery', (db, row) =>
  db.insertInto('push_delivery').values({
    id: row.id,
    tenant_id: row.tenant_id,
    user_id: row.user_id,
    factor_id: row.factor_id,
    transport: row.transport,
    message_id: row.message_id,
    asked_at: row.asked_at,
    not_after: row.not_after,
    fetched_at: null,
  }),
)

const unfetched = query((db, p: { factor_id: FactorId }) =>
  db
    .selectFrom('push_delivery')
    .select('id')
    .where('factor_id', '=', p.factor_id)
    .where('fetched_at', 'is', null)
    .limit(1),
)

/** Whether a device has been asked since it has looked. */
export async function hasUnfetched(db: Reader, factorId: FactorId): Promise<boolean> {
  return (await db.first(unfetched, { factor_id: factorId })) !== undefined
}

/** The device has looked: all that it was asked by now has reached it, in time or late. */
export const markFetched = write<{ factor_id: FactorId; fetched_at: number }>('anyNumber', 'push deliveries', (db, p) =>
  db
    .updateTable('push_delivery')
    .set({ fetched_at: p.fetched_at })
    .where('factor_id', '=', p.factor_id)
    .where('fetched_at', 'is', null),
)

/** Numbers of one transport, as the engine has them: of some engines as text. */
export interface DeliveryCounts {
  readonly transport: PushTransport
  readonly asked: number | string
  readonly accepted: number | string
  readonly failed: number | string
  readonly delivered: number | string
  readonly late: number | string
  readonly waiting: number | string
  readonly waited_ms: number | string | null
}

interface Period {
  readonly since: number
  readonly until: number
  readonly now: number
}

/** What became of what devices were asked, from `since` on and before `until`. */
export function countDeliveries(
  db: Reader,
  tenantId: TenantId,
  { since, until, now }: Period,
): Promise<readonly DeliveryCounts[]> {
  return db.search((from) =>
    from
      .selectFrom('push_delivery')
      .leftJoin('message', 'message.id', 'push_delivery.message_id')
      .where('push_delivery.tenant_id', '=', tenantId)
      .where('asked_at', '>=', since)
      .where('asked_at', '<', until)
      .groupBy('transport')
      .orderBy('transport')
      .select((eb) => {
        const [one, none] = [eb.lit(1), eb.lit(0)]
        const inTime = eb('fetched_at', '<=', eb.ref('push_delivery.not_after'))
        const late = eb('fetched_at', '>', eb.ref('push_delivery.not_after'))
        const waiting = eb.and([eb('fetched_at', 'is', null), eb('push_delivery.not_after', '>', now)])
        const count = (each: typeof inTime) => eb.fn.sum<number>(eb.case().when(each).then(one).else(none).end())
        return [
          'transport',
          eb.fn.countAll<number>().as('asked'),
          count(eb('sent_at', 'is not', null)).as('accepted'),
          count(eb('failed_at', 'is not', null)).as('failed'),
          count(inTime).as('delivered'),
          count(late).as('late'),
          count(waiting).as('waiting'),
          eb.fn
            .sum<number>(
              eb
                .case()
                .when(inTime)
                .then(eb('fetched_at', '-', eb.ref('asked_at')))
                .else(none)
                .end(),
            )
            .as('waited_ms'),
        ]
      }),
  )
}

const deliveriesByEnd = query((db, p: { after: number; until: number; limit: number }) =>
  db
    .selectFrom('push_delivery')
    .select(['tenant_id', 'transport', 'not_after', 'fetched_at'])
    .where('not_after', '>', p.after)
    .where('not_after', '<=', p.until)
    .orderBy('not_after')
    .limit(p.limit),
)

/** By when they were over, the oldest first, of all tenants. */
export function listDeliveriesByEnd(
  db: Reader,
  time: { readonly after: number; readonly until: number; readonly limit: number },
) {
  return db.list(deliveriesByEnd, time)
}

/** Those that have had their time. */
export const oldPushDeliveries = oldRows('push_delivery', 'id', 'asked_at')
