import {
  type ChannelName,
  type Language,
  type MessageKind,
  messages,
  type ValueNature,
} from '@gatehouse/contract/messages'
import { escapeHtml, fillIn } from './fill-in.ts'
import { type CustomWords, withoutUndefined } from './templates/custom-templates.ts'
import { english } from './templates/english.ts'
import { german } from './templates/german.ts'
import type { Catalogue, Template } from './templates/template.ts'
import { nameAgent, nameFactor, nameTime } from './templates/words.ts'

/** A message in its last form. Only mail has a subject and HTML. */
export interface RenderedMessage {
  readonly subject: string | undefined
  readonly text: string
  readonly html: string | undefined
}

/** What is to be said, and how. */
export interface Rendering {
  readonly channel: ChannelName
  readonly kind: MessageKind
  readonly values: Readonly<Record<string, string>>
  readonly language: Language
  /** The name of the service, as people know it. */
  readonly service: string
  /** What the operator says in other words. */
  readonly custom?: CustomWords | undefined
}

export const catalogues: Readonly<Record<Language, Catalogue>> = { en: english, de: german }

/**
 * The words of a message.
 * @throws Error when a value is missing
 */
export function renderMessage({ channel, kind, values, language, service, custom }: Rendering): RenderedMessage {
  const template = { ...catalogues[language][kind], ...withoutUndefined(custom ?? {}) }
  const known = { ...wordValues(kind, values, language), service }
  if (channel !== 'email') {
    if (template.short === undefined) throw new Error(`The message ${kind} has no short form for ${channel}.`)
    return { subject: undefined, text: fillIn(template.short, known, 'line'), html: undefined }
  }
  return {
    subject: fillIn(template.subject, known, 'line'),
    text: `${template.paragraphs.map((paragraph) => fillIn(paragraph, known, 'line')).join('\n\n')}\n`,
    html: renderHtml(template, known, language),
  }
}

const freeAtMost = 64

/** Values as they stand in the text. Of a stranger's words nothing is left that a mail program would make a link of. */
function wordValues(
  kind: MessageKind,
  values: Readonly<Record<string, string>>,
  language: Language,
): Record<string, string> {
  const natures: Readonly<Record<string, ValueNature>> = messages[kind].values
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, inWords(natures[name], value, language)]),
  )
}

function inWords(nature: ValueNature | undefined, value: string, language: Language): string {
  if (nature === 'free') return value.replace(/[^\p{L}\p{M}\p{N} _'()+-]+/gu, ' ').slice(0, freeAtMost)
  if (nature === 'action') return withoutLinks(value)
  if (nature === 'time') return nameTime(value, language)
  if (nature === 'agent') return nameAgent(value, language)
  if (nature === 'factor') return nameFactor(value, language)
  return value
}

/** Numbers keep their stops; between letters a stop would make the name of a host. */
function withoutLinks(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}\p{Sc} _'()+,:.-]+/gu, ' ').replace(/(?<![0-9])[.]|[.](?![0-9])|:(?! )/g, ' ')
}

const style = {
  body: 'margin:0;padding:24px;background:#f7f8fa;color:#16202c;font:16px/1.5 system-ui,sans-serif',
  card: 'max-width:480px;margin:0 auto;padding:24px;background:#ffffff;border:1px solid #d5dae1;border-radius:12px',
  code: 'font:600 32px/1.25 ui-monospace,monospace;letter-spacing:4px',
  link: 'display:inline-block;padding:12px 24px;background:#1f5fa8;color:#ffffff;border-radius:6px;text-decoration:none',
  foot: 'color:#4e5a68;font-size:14px',
}

function renderHtml(
  { subject, paragraphs, html }: Template,
  values: Record<string, string>,
  language: Language,
): string {
  const fill = (text: string) => fillIn(escapeHtml(text), values, 'html')
  const head = `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${fill(subject)}</title></head>`
  if (html !== undefined) return `${head}\n<body>\n${fillIn(html, values, 'html')}\n</body></html>\n`
  const blocks = paragraphs.map((paragraph) => {
    const filled = fill(paragraph)
    if (paragraph === '{code}') return `<p style="${style.code}">${filled}</p>`
    if (paragraph === '{link}') return `<p><a style="${style.link}" href="${filled}">${filled}</a></p>`
    return `<p>${filled}</p>`
  })
  return `${head}
<body style="${style.body}"><div style="${style.card}">
${blocks.join('\n')}
<p style="${style.foot}">${fill('{service}')}</p>
</div></body></html>
`
}
