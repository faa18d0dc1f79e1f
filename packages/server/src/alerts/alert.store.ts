import type { Id, TenantId } from '../kernel/ids.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

/** An alert as stored. */
export type AlertRow = Schema['alert']

/** So many subjects are looked up by one statement. */
const subjectsAtOnce = 16

type Subjects = { readonly [K in `subject_${number}`]: string }

/** Who is asked about: the same statement however many they are. */
function namesOf(p: Subjects): readonly string[] {
  return Array.from({ length: subjectsAtOnce }, (_, index) => p[`subject_${index}`] ?? '')
}

/** All rows about these subjects, a few subjects at a time. */
async function listBySubject<Row extends { readonly subject: string }>(
  subjects: readonly string[],
  list: (some: Subjects) => Promise<readonly Row[]>,
): Promise<Map<string, Row>> {
  const found = new Map<string, Row>()
  for (let at = 0; at < subjects.length; at += subjectsAtOnce) {
    const last = Math.min(at + subjectsAtOnce, subjects.length) - 1
    const some = Array.from({ length: subjectsAtOnce }, (_, index) => [
      `subject_${index}`,
      subjects[Math.min(at + index, last)],
    ])
    for (const row of await list(Object.fromEntries(some) as Subjects)) found.set(row.subject, row)
  }
  return found
}

type OfRule = Pick<Schema['alert_count'], 'tenant_id' | 'rule'>

const countedOf = query((db, p: OfRule & Subjects) =>
  db
    .selectFrom('alert_count')
    .select(['subject', 'state'])
    .where('tenant_id', '=', p.tenant_id)
    .where('rule', '=', p.rule)
    .where('subject', 'in', namesOf(p)),
)

/** What a rule has counted under each of these subjects, as JSON. */
export async function listCounted(
  db: Reader,
  rule: OfRule,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await listBySubject(subjects, (some) => db.list(countedOf, { ...rule, ...some }))
  return new Map(Array.from(found, ([subject, { state }]) => [subject, state]))
}

export const keepCounted = write<Schema['alert_count']>('exactlyOne', 'alert count', (db, row) =>
  db
    .insertInto('alert_count')
    .values({
      tenant_id: row.tenant_id,
      rule: row.rule,
      subject: row.subject,
      state: row.state,
      expires_at: row.expires_at,
    })
    .onConflict((on) =>
      on.columns(['tenant_id', 'rule', 'subject']).doUpdateSet({ state: row.state, expires_at: row.expires_at }),
    ),
)

const liveAlerts = query((db, p: OfRule & Subjects & { readonly nowMs: number }) =>
  db
    .selectFrom('alert')
    .selectAll()
    .where('tenant_id', '=', p.tenant_id)
    .where('rule', '=', p.rule)
    .where('subject', 'in', namesOf(p))
    .where((eb) => eb.or([eb('state', 'in', ['open', 'acknowledged']), eb('expected_until', '>', p.nowMs)]))
    .orderBy('id'),
)

/** Of each subject the alert that more of the same belongs to: the newest that nobody has closed, or that is expected for now. */
export function listLiveAlerts(
  db: Reader,
  { nowMs, ...rule }: OfRule & { readonly nowMs: number },
  subjects: readonly string[],
): Promise<ReadonlyMap<string, AlertRow>> {
  return listBySubject(subjects, (some) => db.list(liveAlerts, { ...rule, ...some, nowMs }))
}

export const insertAlert = write<AlertRow>('exactlyOne', 'alert', (db, row) =>
  db.insertInto('alert').values({
    id: row.id,
    tenant_id: row.tenant_id,
    rule: row.rule,
    subject: row.subject,
    state: row.state,
    user_id: row.user_id,
    source: row.source,
    reasons: row.reasons,
    first_at: row.first_at,
    last_at: row.last_at,
    count: row.count,
    users: row.users,
    event_ids: row.event_ids,
    raised_at: row.raised_at,
    delay_ms: row.delay_ms,
    changed_at: row.changed_at,
    expected_until: row.expected_until,
    note: row.note,
    version: row.version,
  }),
)

/** More of the same. Whoever changes its state at the same time is not in the way. */
export const addToAlert = write<
  Pick<AlertRow, 'id' | 'source' | 'reasons' | 'last_at' | 'count' | 'users' | 'event_ids'>
>('anyNumber', 'alert', (db, p) =>
  db
    .updateTable('alert')
    .set({
      source: p.source,
      reasons: p.reasons,
      last_at: p.last_at,
      count: p.count,
      users: p.users,
      event_ids: p.event_ids,
    })
    .where('id', '=', p.id),
)

/** Fails as `alert changed` when somebody else was faster. */
export const changeAlert = write<Pick<AlertRow, 'id' | 'state' | 'changed_at' | 'expected_until' | 'note' | 'version'>>(
  'exactlyOne',
  'alert changed',
  (db, p) =>
    db
      .updateTable('alert')
      .set((eb) => ({
        state: p.state,
        changed_at: p.changed_at,
        expected_until: p.expected_until,
        note: p.note,
        version: eb('version', '+', 1),
      }))
      .where('id', '=', p.id)
      .where('version', '=', p.version),
)

const alertById = query((db, p: { id: Id<'alr'>; tenant_id: TenantId }) =>
  db.selectFrom('alert').selectAll().where('id', '=', p.id).where('tenant_id', '=', p.tenant_id),
)

export function findAlert(db: Reader, tenantId: TenantId, id: Id<'alr'>): Promise<AlertRow | undefined> {
  return db.first(alertById, { id, tenant_id: tenantId })
}

/** What a list may be narrowed to. */
export type AlertFilter = { readonly [K in 'state' | 'rule' | 'user_id']?: string | undefined }

/** Alerts of a tenant below an id, the newest first. */
export function searchAlerts(db: Reader, tenantId: TenantId, filter: AlertFilter, before: string, limit: number) {
  return db.search((from) => {
    let found = from
      .selectFrom('alert')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .where('id', '<', before as Id<'alr'>)
    for (const column of ['state', 'rule', 'user_id'] as const) {
      const wanted = filter[column]
      if (wanted !== undefined) found = found.where(column, '=', wanted as never)
    }
    return found.orderBy('id', 'desc').limit(limit)
  })
}

const pastCount = query((db, p: { before: number }) =>
  db.selectFrom('alert_count').select('rule').where('expires_at', '<=', p.before).limit(1),
)

/** Whether `deletePastCounts` has anything to do. */
export async function hasPastCounts(db: Reader, before: number): Promise<boolean> {
  return (await db.first(pastCount, { before })) !== undefined
}

export const deletePastCounts = write<{ before: number }>('anyNumber', 'alert counts', (db, p) =>
  db.deleteFrom('alert_count').where('expires_at', '<=', p.before),
)

const pastAlert = query((db, p: { before: number }) =>
  db
    .selectFrom('alert')
    .select('id')
    .where('changed_at', '<', p.before)
    .where((eb) => eb.or([eb('state', '=', 'resolved'), eb('expected_until', '<', p.before)]))
    .limit(1),
)

/** Whether `deletePastAlerts` has anything to do. */
export async function hasPastAlerts(db: Reader, before: number): Promise<boolean> {
  return (await db.first(pastAlert, { before })) !== undefined
}

/** Those that somebody has closed, or that were expected for a time that is over. */
export const deletePastAlerts = write<{ before: number }>('anyNumber', 'alerts', (db, p) =>
  db
    .deleteFrom('alert')
    .where('changed_at', '<', p.before)
    .where((eb) => eb.or([eb('state', '=', 'resolved'), eb('expected_until', '<', p.before)])),
)
