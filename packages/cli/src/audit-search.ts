import { once } from 'node:events'
import { exportAuditEvents as Contract, type ExportFormat, exportFormats } from '@gatehouse/contract/audit-operations'
import { events } from '@gatehouse/contract/events'
import type { Context } from '@gatehouse/server/context'
import { type EventQuestion, filterOf } from '@gatehouse/server/log/event-filter'
import { writeEvents } from '@gatehouse/server/log/export-events'
import { type EventFormat, eventFormats } from '@gatehouse/server/log/formats/event-format'
import { onOneLine } from '@gatehouse/server/log/formats/on-one-line'
import { recordReading } from '@gatehouse/server/log/note-reading'
import { findUserByAddress } from '@gatehouse/server/users/find-user-by-address'
import { Command, Option } from 'commander'
import { inTenant } from './in-tenant.ts'
import { nearNames } from './name-near.ts'
import { readTime } from './read-time.ts'

interface SearchFlags {
  readonly tenant: string
  readonly user?: string
  readonly email?: string
  readonly address?: string
  readonly network?: string
  readonly action?: string
  readonly outcome?: string
  readonly client?: string
  readonly country?: string
  readonly session?: string
  readonly request?: string
  readonly since?: string
  readonly until?: string
}

export const line: EventFormat = {
  mediaType: 'text/plain',
  extension: 'txt',
  head: '',
  line: ({ timestamp, action, outcome, user_id, email, ip_address, geo_location, client_system }) => {
    const words = [timestamp, outcome.padEnd(7), action, email ?? user_id, ip_address, geo_location, client_system]
    return `${onOneLine(words.filter((word) => word !== null).join('  '))}\n`
  },
}

/** `gatehouse audit search`: the newest events that fit, a line each. */
export function searchCommand(): Command {
  return about('search', 'show the newest events that fit')
    .option('--limit <number>', 'how many', Number, 50)
    .option('--json', 'print each as a line of JSON')
    .action((flags: SearchFlags & { readonly limit: number; readonly json?: boolean }) =>
      print(flags, 'search', flags.json ? eventFormats.jsonl : line, flags.limit),
    )
}

/** `gatehouse audit export`: all events that fit, to standard output, newest first. */
export function exportCommand(): Command {
  const format = new Option('--format <format>', 'how to write them').choices(exportFormats).default('jsonl')
  return about('export', 'write all events that fit to standard output, newest first')
    .addOption(format)
    .action((flags: SearchFlags & { readonly format: ExportFormat }) =>
      print(flags, 'export', eventFormats[flags.format], Number.POSITIVE_INFINITY),
    )
}

function about(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--user <user>', 'about this user, by id or e-mail address')
    .option('--email <address>', 'where this address was given, in any spelling, also without an account')
    .option('--address <address>', 'from this IP address')
    .option('--network <network>', 'from this network, such as 203.0.113.0/24')
    .option('--action <action>', 'such as failed_login')
    .option('--outcome <outcome>', 'success, failure or refused')
    .option('--client <slug>', 'by way of this client application')
    .option('--country <code>', 'from this country, such as DE')
    .option('--session <id>', 'in this session')
    .option('--request <id>', 'of this request')
    .option('--since <time>', 'not before: 30m, 24h, 7d, 2026-11-01 or 2026-11-01T08:00:00Z')
    .option('--until <time>', 'before this time, said in the same way')
    .option('--tenant <slug>', 'default or default-test', 'default')
}

function print(flags: SearchFlags, way: 'search' | 'export', format: EventFormat, limit: number): Promise<void> {
  if (flags.action !== undefined) checkAction(flags.action)
  return inTenant(flags, async (ctx) => {
    const question = await questionOf(ctx, flags)
    await recordReading(ctx, way, question)
    const found = await write(writeEvents(ctx.db, filterOf(ctx.tenantId, question), { format, limit }))
    if (found <= format.head.length) console.error('No event fits.')
  })
}

/** An action that nothing has would find nothing, and say that nothing has happened. */
function checkAction(action: string): void {
  const known: readonly string[] = [...new Set(Object.values(events).map((event) => event.action))]
  if (known.includes(action)) return
  const near = nearNames(action, known)
  const more = near.length > 0 ? `there are ${near.join(', ')}` : 'a search without it shows what there is'
  throw new Error(`there is no action ${action}; ${more}`)
}

/** The flags as a question of the API, by whose rules they are judged. */
async function questionOf(ctx: Context, flags: SearchFlags): Promise<EventQuestion> {
  const time = (flag: 'since' | 'until') => {
    const text = flags[flag]
    return text === undefined ? undefined : readTime(`--${flag}`, text, ctx.now)
  }
  const parsed = Contract.input.safeParse({
    user_id: flags.user?.includes('@') ? await idOf(ctx, flags.user, flags.tenant) : flags.user,
    email: flags.email,
    ip_address: flags.address,
    network: flags.network,
    action: flags.action,
    outcome: flags.outcome,
    client_system: flags.client,
    country: flags.country?.toUpperCase(),
    session_id: flags.session,
    request_id: flags.request,
    since: time('since'),
    until: time('until'),
  })
  if (parsed.success) {
    const { format: _, ...question } = parsed.data
    return question
  }
  const field = String(parsed.error.issues[0]?.path[0])
  const { flag, form } = forms[field] ?? { flag: field, form: 'of another form' }
  throw new Error(`--${flag} is not understood; it is ${form}`)
}

async function idOf(ctx: Context, email: string, tenant: string): Promise<string> {
  const user = await findUserByAddress(ctx, email)
  if (!user) throw new Error(`there is no user with this address in ${tenant}`)
  return user.id
}

/** How the fields of the API that can be given in a wrong form are called here, and what they look like. */
const forms: Readonly<Record<string, { readonly flag: string; readonly form: string }>> = {
  user_id: { flag: 'user', form: 'an id (usr_…) or an e-mail address' },
  email: { flag: 'email', form: 'an e-mail address' },
  ip_address: { flag: 'address', form: 'an IP address, such as 203.0.113.9 or 2001:db8::1' },
  network: { flag: 'network', form: 'a network, such as 203.0.113.0/24 or 2001:db8::/32' },
  outcome: { flag: 'outcome', form: 'success, failure or refused' },
  client_system: { flag: 'client', form: 'the name of a client application, such as customer-portal' },
  country: { flag: 'country', form: 'two letters, such as DE' },
  session_id: { flag: 'session', form: 'an id (ses_…)' },
  request_id: { flag: 'request', form: 'an id (req_…), or what the application has sent as X-Request-Id' },
}

/** As fast as it is taken; who has seen enough (`| head`) ends it. Answers how long what was written is. */
async function write(parts: AsyncGenerator<string>): Promise<number> {
  const { stdout } = process
  let isOver = false
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    isOver = true
  })
  let length = 0
  for await (const part of parts) {
    if (isOver) return Number.POSITIVE_INFINITY
    length += part.length
    if (!stdout.write(part)) await Promise.race([once(stdout, 'drain'), once(stdout, 'close')])
  }
  return length
}
