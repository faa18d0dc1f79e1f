import { type Language, languages, type MessageKind, messages } from '@gatehouse/contract/messages'
import { z } from 'zod'
import { JsonText } from '../../kernel/setting-forms.ts'
import type { Template } from './template.ts'
import { findHtmlMistake } from './vet-html.ts'

/** What an operator says in other words; what is left out stays as it is. */
export type CustomWords = { readonly [Part in keyof Template]?: Template[Part] | undefined }
type CustomCatalogue = Readonly<Partial<Record<MessageKind, CustomWords>>>
/** By language. */
export type CustomTemplates = Readonly<Partial<Record<Language, CustomCatalogue>>>

const kinds = Object.keys(messages) as [MessageKind, ...MessageKind[]]

export const Words = z.strictObject({
  subject: z.string().min(1).max(200).optional(),
  paragraphs: z.array(z.string().min(1).max(2000)).min(1).max(20).optional(),
  short: z.string().min(1).max(320).optional(),
  html: z.string().min(1).max(20_000).optional(),
})

const Catalogue = z.partialRecord(z.enum(kinds), Words).superRefine((catalogue, { addIssue }) => {
  for (const [kind, words] of Object.entries(catalogue)) {
    for (const message of findMistakes(kind as MessageKind, words)) addIssue({ code: 'custom', message })
  }
})

/** Words by the slug of a tenant, as JSON. */
export const TemplatesByTenant = JsonText.pipe(
  z.record(z.string().max(64), z.partialRecord(z.enum(languages), Catalogue)),
)

/** Without these a message says nothing. */
const essential = ['code', 'action', 'link']

/** A text that speaks of what is not known, or does not say the one thing, would be found out when it is sent: too late. */
export function findMistakes(kind: MessageKind, words: CustomWords): readonly string[] {
  const { subject, paragraphs, short, html } = words
  const values: readonly string[] = Object.keys(messages[kind].values)
  const known = [...values, 'service']
  const texts = [subject, ...(paragraphs ?? []), short, html].filter((text) => text !== undefined)
  const unknown = texts
    .flatMap((text) => [...text.matchAll(/\{([^{}]*)\}?|\}/g)])
    .filter(([place, name = '']) => place !== `{${name}}` || !known.includes(name))
    .map(([place]) => `${kind}: ${place} is none of ${known.map((name) => `{${name}}`).join(', ')}`)
  const whole = [paragraphs?.join(' '), short, html].filter((text) => text !== undefined)
  const missing = essential
    .filter((name) => values.includes(name) && whole.some((text) => !text.includes(`{${name}}`)))
    .map((name) => `${kind}: the text must have {${name}} in it`)
  const mistake = html === undefined ? undefined : findHtmlMistake(html)
  return [...unknown, ...missing, ...(mistake === undefined ? [] : [`${kind}: the HTML is refused, ${mistake}`])]
}

export function withoutUndefined<Words extends object>(
  words: Words,
): { [Part in keyof Words]: Exclude<Words[Part], undefined> } {
  return Object.fromEntries(Object.entries(words).filter(([, text]) => text !== undefined)) as never
}
