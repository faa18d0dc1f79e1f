import { once } from 'node:events'
import { exportAuditEvents as Contract, type ExportFormat, exportFormats } from '@gatehouse/contract/audit-operations'
import { findTenantId } from '@gatehouse/server/clients/find-tenant-id'
import type { Context } from '@gatehouse/server/context'
import { type EventQuestion, filterOf } from '@gatehouse/server/log/event-filter'
import { writeEvents } from '@gatehouse/server/log/export-events'
import { type EventFormat, eventFormats } from '@gatehouse/server/log/formats/event-format'
import { onOneLine } from '@gatehouse/server/log/formats/on-one-line'
import { recordReading } from '@gatehouse/server/log/note-reading'
import { operatorContext } from '@gatehouse/server/operator-context'
import { Command, Option } from 'commander'
import { withData } from './with-data.ts'

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
    .option('--user <id>', 'about this user')
    .option('--email <address>', 'at this e-mail address, in any spelling')
    .option('--address <address>', 'from this IP address')
    .option('--network <network>', 'from this network, such as 203.0.113.0/24')
    .option('--action <action>', 'such as failed_login')
    .option('--outcome <outcome>', 'success, failure or refused')
    .option('--client <slug>', 'by way of this client application')
    .option('--country <code>', 'from this country, two letters')
    .option('--session <id>', 'in this session')
    .option('--request <id>', 'of this request')
    .option('--since <time>', 'at this time (RFC 3339, UTC) or later')
    .option('--until <time>', 'before this time')
    .option('--tenant <slug>', 'default or default-test', 'default')
}

function print(flags: SearchFlags, way: 'search' | 'export', format: EventFormat, limit: number): Promise<void> {
  const question = questionOf(flags)
  return withData(async (parts) => {
    const tenantId = await findTenantId(parts.storage, flags.tenant)
    if (!tenantId) throw new Error(`there is no tenant ${flags.tenant}; try default or default-test`)
    const ctx: Context = { ...operatorContext(parts), tenantId }
    await recordReading(ctx, way, question)
    await write(writeEvents(ctx.db, filterOf(tenantId, question), { format, limit }))
  })
}

/** The flags as a question of the API, by whose rules they are judged. */
function questionOf(flags: SearchFlags): EventQuestion {
  const parsed = Contract.input.safeParse({
    user_id: flags.user,
    email: flags.email,
    ip_address: flags.address,
    network: flags.network,
    action: flags.action,
    outcome: flags.outcome,
    client_system: flags.client,
    country: flags.country,
    session_id: flags.session,
    request_id: flags.request,
    since: flags.since,
    until: flags.until,
  })
  if (parsed.success) {
    const { format: _, ...question } = parsed.data
    return question
  }
  const [issue] = parsed.error.issues
  throw new Error(`${String(issue?.path[0])} is not understood: ${issue?.message}`)
}

/** As fast as it is taken; who has seen enough (`| head`) ends it. */
async function write(parts: AsyncGenerator<string>): Promise<void> {
  const { stdout } = process
  let isOver = false
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    isOver = true
  })
  for await (const part of parts) {
    if (isOver) return
    if (!stdout.write(part)) await Promise.race([once(stdout, 'drain'), once(stdout, 'close')])
  }
}
