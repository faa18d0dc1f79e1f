import type { Id, TenantId } from '../kernel/ids.ts'
import { oldRows } from '../storage/old-rows.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

/** A question as stored; `kept` is sealed. */
export type QuestionRow = Schema['question']

const questionOf = query((db, p: Pick<QuestionRow, 'subject' | 'purpose' | 'tenant_id'>) =>
  db
    .selectFrom('question')
    .selectAll()
    .where('subject', '=', p.subject)
    .where('purpose', '=', p.purpose)
    .where('tenant_id', '=', p.tenant_id),
)

/** The last question that was asked of a subject for a purpose, whether it still lives or not. */
export function findQuestion(
  db: Reader,
  tenantId: TenantId,
  about: Pick<QuestionRow, 'subject' | 'purpose'>,
): Promise<QuestionRow | undefined> {
  return db.first(questionOf, { ...about, tenant_id: tenantId })
}

const questionById = query((db, p: Pick<QuestionRow, 'id' | 'tenant_id'>) =>
  db.selectFrom('question').selectAll().where('id', '=', p.id).where('tenant_id', '=', p.tenant_id),
)

export function findQuestionById(db: Reader, tenantId: TenantId, id: Id<'qst'>): Promise<QuestionRow | undefined> {
  return db.first(questionById, { id, tenant_id: tenantId })
}

const questionsOf = query((db, p: Pick<QuestionRow, 'subject' | 'tenant_id'>) =>
  db
    .selectFrom('question')
    .selectAll()
    .where('subject', '=', p.subject)
    .where('tenant_id', '=', p.tenant_id)
    .orderBy('id'),
)

/** All questions of a subject, one for each purpose, whether they still live or not. */
export function listQuestionsOf(db: Reader, tenantId: TenantId, subject: string): Promise<readonly QuestionRow[]> {
  return db.list(questionsOf, { subject, tenant_id: tenantId })
}

/** Asks anew: the question before it is forgotten. */
export const replaceQuestion = write<QuestionRow>('exactlyOne', 'question', (db, row) => {
  const rest = {
    id: row.id,
    tenant_id: row.tenant_id,
    challenge_id: row.challenge_id,
    kept: row.kept,
    tries: row.tries,
    created_at: row.created_at,
    expires_at: row.expires_at,
  }
  return db
    .insertInto('question')
    .values({ subject: row.subject, purpose: row.purpose, ...rest })
    .onConflict((on) => on.columns(['subject', 'purpose']).doUpdateSet(rest))
})

/** A question is answered once. Fails as `question spent`, also when a new one has taken its place. */
export const spendQuestion = write<{ id: Id<'qst'>; tenant_id: TenantId }>('exactlyOne', 'question spent', (db, p) =>
  db.deleteFrom('question').where('id', '=', p.id).where('tenant_id', '=', p.tenant_id),
)

/** Those that have had their time. */
export const oldQuestions = oldRows('question', 'id', 'expires_at')
