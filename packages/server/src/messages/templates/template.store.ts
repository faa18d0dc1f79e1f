import type { Language, MessageKind } from '@gatehouse/contract/messages'
import type { TenantId } from '../../kernel/ids.ts'
import type { Schema } from '../../storage/schema.ts'
import type { Reader } from '../../storage/storage.ts'
import { query, write } from '../../storage/write.ts'

type TemplateRow = Schema['message_template']

const oneTemplate = query((db, p: { tenant_id: TenantId; kind: MessageKind; language: Language }) =>
  db
    .selectFrom('message_template')
    .selectAll()
    .where('tenant_id', '=', p.tenant_id)
    .where('kind', '=', p.kind)
    .where('language', '=', p.language),
)

export function findTemplate(
  db: Reader,
  tenant_id: TenantId,
  kind: MessageKind,
  language: Language,
): Promise<TemplateRow | undefined> {
  return db.first(oneTemplate, { tenant_id, kind, language })
}

const allTemplates = query((db, p: { tenant_id: TenantId }) =>
  db.selectFrom('message_template').selectAll().where('tenant_id', '=', p.tenant_id),
)

/** All that a tenant says in words of its own. */
export function listTemplateRows(db: Reader, tenantId: TenantId): Promise<readonly TemplateRow[]> {
  return db.list(allTemplates, { tenant_id: tenantId })
}

/** Fails as `template changed` when another was faster. */
export const insertTemplate = write<TemplateRow>('insertedOnce', 'template changed', (db, row) =>
  db
    .insertInto('message_template')
    .values({
      tenant_id: row.tenant_id,
      kind: row.kind,
      language: row.language,
      words: row.words,
      changed_at: row.changed_at,
    })
    .onConflict((on) => on.doNothing()),
)

/** Fails as `template changed` when it is not as it was seen. */
export const replaceTemplate = write<TemplateRow & { readonly seen: string }>(
  'exactlyOne',
  'template changed',
  (db, p) =>
    db
      .updateTable('message_template')
      .set({ words: p.words, changed_at: p.changed_at })
      .where('tenant_id', '=', p.tenant_id)
      .where('kind', '=', p.kind)
      .where('language', '=', p.language)
      .where('words', '=', p.seen),
)
