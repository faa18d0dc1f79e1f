import { type Language, languages, type MessageKind, messages } from '@gatehouse/contract/messages'
import { z } from 'zod'
import type { Template } from './template.ts'

/** What an operator says in other words; what is left out stays as it is. */
export type CustomWords = { readonly [Part in keyof Template]?: Template[Part] | undefined }
type CustomCatalogue = Readonly<Partial<Record<MessageKind, CustomWords>>>
/** By language. */
export type CustomTemplates = Readonly<Partial<Record<Language, CustomCatalogue>>>

const kinds = Object.keys(messages) as [MessageKind, ...MessageKind[]]

const Words = z.strictObject({
  subject: z.string().min(1).max(200).optional(),
  paragraphs: z.array(z.string().min(1).max(2000)).min(1).max(20).optional(),
  short: z.string().min(1).max(320).optional(),
})

const Catalogue = z.partialRecord(z.enum(kinds), Words).superRefine((catalogue, { addIssue }) => {
  for (const [kind, words] of Object.entries(catalogue)) {
    for (const message of findMistakes(kind as MessageKind, words)) addIssue({ code: 'custom', message })
  }
})

/** Words by the slug of a tenant, as JSON. */
export const TemplatesByTenant = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue('must be JSON')
      return z.NEVER
    }
  })
  .pipe(z.record(z.string().max(64), z.partialRecord(z.enum(languages), Catalogue)))

/** A text that speaks of what is not known would be found out when the message is sent: too late. */
function findMistakes(kind: MessageKind, { subject, paragraphs, short }: z.output<typeof Words>): readonly string[] {
  const known = [...Object.keys(messages[kind].values), 'service']
  const texts = [subject, ...(paragraphs ?? []), short].filter((text) => text !== undefined)
  const wrong = texts.flatMap((text) =>
    [...text.matchAll(/\{([^{}]*)\}?|\}/g)].filter(
      ([place, name = '']) => place !== `{${name}}` || !known.includes(name),
    ),
  )
  const unknown = wrong.map(([place]) => `${kind}: ${place} is none of ${known.map((name) => `{${name}}`).join(', ')}`)
  const isCodeless =
    kind === 'code' && [paragraphs?.join(' '), short].some((text) => text !== undefined && !text.includes('{code}'))
  return isCodeless ? [...unknown, 'code: the text must have {code} in it'] : unknown
}
