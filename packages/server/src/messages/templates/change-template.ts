import type {
  changeTemplate as ChangeContract,
  listTemplates as ListContract,
  MessageTemplate,
  previewTemplate as PreviewContract,
} from '@gatehouse/contract/message-operations'
import { type Language, languages, type MessageKind, messages } from '@gatehouse/contract/messages'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { type Context, commit } from '../../context.ts'
import { Fault } from '../../kernel/fault.ts'
import { record } from '../../log/record.ts'
import { catalogues, renderMessage } from '../render-message.ts'
import { type CustomWords, findMistakes, withoutUndefined } from './custom-templates.ts'
import { type FindWords, readWords } from './find-words.ts'
import { sampleValues } from './sample-values.ts'
import { findTemplate, insertTemplate, listTemplateRows, replaceTemplate } from './template.store.ts'

interface Tools {
  readonly findWords: FindWords
  readonly serviceName: string
}

type Change = Omit<Parsed<typeof ChangeContract>, 'kind' | 'language' | 'reason'>
const parts = ['subject', 'paragraphs', 'short', 'html'] as const

/** Every message in every language, as it would be sent. */
export function listTemplates({ findWords }: Tools) {
  return async (
    ctx: Context,
    { kind, language }: Parsed<typeof ListContract>,
  ): Promise<Output<typeof ListContract>> => {
    const rows = await listTemplateRows(ctx.db, ctx.tenantId)
    const wanted = (Object.keys(messages) as MessageKind[]).filter((each) => kind === undefined || each === kind)
    const shown = wanted.flatMap((each) =>
      languages
        .filter((one) => language === undefined || one === language)
        .map(async (one) => {
          const row = rows.find((found) => found.kind === each && found.language === one)
          return show(each, one, await findWords(ctx.tenantId, each, one), row?.changed_at)
        }),
    )
    return { data: await Promise.all(shown) }
  }
}

/** Says a message in other words; null takes ours again. What could not be sent is refused before anybody is to get it. */
export function changeTemplate({ findWords }: Tools) {
  return async (ctx: Context, input: Parsed<typeof ChangeContract>): Promise<MessageTemplate> => {
    const { kind, language, reason, ...change } = input
    refuseMistakes(kind, change)
    const row = await findTemplate(ctx.db, ctx.tenantId, kind, language)
    const words = JSON.stringify(changeWords(row ? readWords(row.words) : {}, change))
    const next = { tenant_id: ctx.tenantId, kind, language, words, changed_at: ctx.now.getTime() }
    const changed = parts.filter((part) => change[part] !== undefined).join(' ')
    const committed = await commit(ctx, [
      row ? replaceTemplate({ ...next, seen: row.words }) : insertTemplate(next),
      record(ctx, { type: 'template.changed', data: { message: kind, language, changed, reason } }),
    ])
    if (!committed.done) throw new Fault('version_conflict')
    return show(kind, language, await findWords(ctx.tenantId, kind, language), next.changed_at)
  }
}

/** How a message would look in these words, with made-up values. Nothing is kept. */
export function previewTemplate({ findWords, serviceName: service }: Tools) {
  return async (ctx: Context, input: Parsed<typeof PreviewContract>): Promise<Output<typeof PreviewContract>> => {
    const { kind, language, ...change } = input
    refuseMistakes(kind, change)
    const custom = changeWords(await findWords(ctx.tenantId, kind, language), change)
    const values = sampleValues(kind, ctx.now)
    const rendering = { kind, language, values, service, custom }
    const channels: readonly string[] = messages[kind].channels
    const mail = channels.includes('email') ? renderMessage({ ...rendering, channel: 'email' }) : undefined
    const brief = channels.find((channel) => channel !== 'email')
    return {
      subject: mail?.subject ?? null,
      text: mail?.text ?? null,
      html: mail?.html ?? null,
      short: brief === undefined ? null : renderMessage({ ...rendering, channel: brief as 'sms' | 'push' }).text,
    }
  }
}

function changeWords(words: CustomWords, change: Change): CustomWords {
  const all = { ...words, ...withoutUndefined(change) }
  return Object.fromEntries(Object.entries(all).filter(([, text]) => text !== null))
}

/** @throws Fault `invalid_request`, naming each mistake */
function refuseMistakes(kind: MessageKind, change: Change): void {
  const given = Object.fromEntries(Object.entries(change).filter(([, text]) => text !== null))
  const errors = findMistakes(kind, given).map((detail) => ({ pointer: '/', code: 'bad_template', detail }))
  if (errors.length > 0) throw new Fault('invalid_request', { errors: errors.slice(0, 20) })
}

function show(
  kind: MessageKind,
  language: Language,
  words: CustomWords,
  changedAt: number | undefined,
): MessageTemplate {
  const { subject, paragraphs, short, html } = { ...catalogues[language][kind], ...withoutUndefined(words) }
  return {
    kind,
    language,
    channels: [...messages[kind].channels],
    values: [...Object.keys(messages[kind].values), 'service'],
    subject,
    paragraphs: [...paragraphs],
    short: short ?? null,
    html: html ?? null,
    own: parts.filter((part) => words[part] !== undefined),
    changed_at: changedAt === undefined ? null : new Date(changedAt).toISOString(),
  }
}
