import type { Language, MessageKind } from '@gatehouse/contract/messages'
import type { TenantId } from '../../kernel/ids.ts'
import type { Reader } from '../../storage/storage.ts'
import { type CustomTemplates, type CustomWords, Words } from './custom-templates.ts'
import { findTemplate } from './template.store.ts'

/** What a tenant says in words of its own, as it stands now. */
export type FindWords = (tenantId: TenantId, kind: MessageKind, language: Language) => Promise<CustomWords>

/** Words that were set over the API go before those of the operator's settings. */
export function wordFinder(db: Reader, settings: ReadonlyMap<TenantId, CustomTemplates>): FindWords {
  return async (tenantId, kind, language) => {
    const row = await findTemplate(db, tenantId, kind, language)
    return { ...settings.get(tenantId)?.[language]?.[kind], ...(row && readWords(row.words)) }
  }
}

/** Ours, and so they have their form. */
export function readWords(text: string): CustomWords {
  return Words.parse(JSON.parse(text))
}
