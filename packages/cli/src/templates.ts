import { readFileSync } from 'node:fs'
import {
  changeTemplate as Change,
  listTemplates as List,
  previewTemplate as Preview,
} from '@gatehouse/contract/message-operations'
import type { Context } from '@gatehouse/server/context'
import { Fault } from '@gatehouse/server/kernel/fault'
import { changeTemplate, listTemplates, previewTemplate } from '@gatehouse/server/messages/templates/change-template'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { Command } from 'commander'
import { inTenant, tenantOption } from './in-tenant.ts'
import { print } from './print.ts'

interface Flags {
  readonly tenant: string
  readonly language: string
}
interface WordFlags extends Flags {
  readonly words?: string
}
interface SetFlags extends Flags {
  readonly words: string
  readonly reason: string
}

/** `gatehouse templates …`: the words of messages, for each tenant. A running server uses them from the next message on. */
export function templatesCommand(): Command {
  const list = ofLanguage(new Command('list').description('every message, and what of it is in words of your own'))
    .option('--json', 'print all words as one JSON object')
    .action(({ json, ...flags }: Flags & { readonly json?: boolean }) =>
      withWords(flags, async (ctx, words) => {
        const { data } = await listTemplates(words)(ctx, List.input.parse({ language: flags.language }))
        const lines = data.map(
          ({ kind, own, subject }) => `${kind}${own.length > 0 ? ` (${own.join(', ')})` : ''}: ${subject}`,
        )
        print({ json }, { data }, lines.join('\n'))
      }),
    )
  const set = ofLanguage(new Command('set').description('say a message in other words'))
    .argument('<message>', 'code, for example')
    .requiredOption(
      '--words <file>',
      'JSON with subject, paragraphs, short and html, as far as they change; null is ours',
    )
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .option('--json', 'print one JSON object, as it always does')
    .action((kind: string, { words: file, reason, ...flags }: SetFlags) =>
      withWords(flags, async (ctx, words) => {
        const input = parse(Change.input, { ...readWords(file), kind, language: flags.language, reason })
        console.log(JSON.stringify(await changeTemplate(words)(ctx, input)))
      }),
    )
  const preview = ofLanguage(new Command('preview').description('print a message with made-up values'))
    .argument('<message>', 'code, for example')
    .option('--words <file>', 'words that are tried on, and not kept')
    .option('--json', 'print one JSON object, as it always does')
    .action((kind: string, { words: file, ...flags }: WordFlags) =>
      withWords(flags, async (ctx, words) => {
        const input = parse(Preview.input, { ...(file && readWords(file)), kind, language: flags.language })
        console.log(JSON.stringify(await previewTemplate(words)(ctx, input), null, 2))
      }),
    )
  return new Command('templates')
    .description('the words of messages')
    .addCommand(list)
    .addCommand(set)
    .addCommand(preview)
}

function ofLanguage(command: Command): Command {
  return command.addOption(tenantOption()).option('--language <code>', 'en or de', 'en')
}

function withWords(flags: Flags, act: (ctx: Context, words: OpenParts['words']) => Promise<void>): Promise<void> {
  return inTenant(flags, (ctx, { words }) =>
    act(ctx, words).catch((error: unknown) => {
      throw explain(error)
    }),
  )
}

function readWords(file: string): object {
  try {
    return { ...JSON.parse(readFileSync(file, 'utf8')) }
  } catch {
    throw new Error(`${file} cannot be read as JSON`)
  }
}

function parse<T>(
  schema: {
    safeParse(value: unknown): { data?: T; error?: { issues: readonly { path: PropertyKey[]; message: string }[] } }
  },
  value: unknown,
): T {
  const { data, error } = schema.safeParse(value)
  if (data !== undefined) return data
  throw new Error(
    `the words are refused: ${(error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`,
  )
}

/** What is wrong with words stands in the details of the refusal. */
function explain(error: unknown): unknown {
  if (!(error instanceof Fault) || !error.options.errors) return error
  return new Error(error.options.errors.map(({ detail }) => detail).join('; '))
}
