import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Context } from '@gatehouse/server/context'
import { passwordsOf } from '@gatehouse/server/passwords/passwords'
import { exportUsers } from '@gatehouse/server/users/export-users'
import { type Imported, ImportedUser, importUser } from '@gatehouse/server/users/import-user'
import { Command } from 'commander'
import { forTenant, inTenant, type TenantFlags } from './in-tenant.ts'
import { print } from './print.ts'

const reasons = {
  exists: 'there is a user with this address or external id already; they were left as they are',
  hash_unknown: 'the form of password_hash is not known (docs/import.md says which are)',
} as const

interface Skipped {
  readonly line: number
  readonly reason: string
}

/** `gatehouse users import`: people of another system, a JSON object on each line. */
export function importCommand(): Command {
  return forTenant(new Command('import').description('take over people of another system, with passwords and apps'))
    .argument('<file>', 'one JSON object on each line; - reads standard input')
    .option('--dry-run', 'say what is wrong with the lines, and take over nobody')
    .action((file: string, flags: TenantFlags & { readonly dryRun?: boolean }) =>
      inTenant(flags, async (ctx, parts) => {
        const act = importUser({ passwords: passwordsOf(parts), keys: parts.keys })
        const { imported, skipped } = await importLines(linesOf(file), (user) =>
          flags.dryRun ? undefined : act({ ...ctx, now: parts.world.now() }, user),
        )
        const said = [...skipped.map(({ line, reason }) => `line ${line}: ${reason}`), `${imported} imported`]
        print(flags, { imported, skipped }, said.join('\n'))
        if (skipped.some(({ reason }) => reason !== reasons.exists)) process.exitCode = 1
      }),
    )
}

function linesOf(file: string): AsyncIterable<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
}

/** One after the other: whoever is there twice is taken once. Lines that are not understood do not hold up the rest. */
async function importLines(
  lines: AsyncIterable<string>,
  act: (user: ImportedUser) => Promise<Imported> | undefined,
): Promise<{ readonly imported: number; readonly skipped: readonly Skipped[] }> {
  const skipped: Skipped[] = []
  let imported = 0
  let line = 0
  for await (const text of lines) {
    line++
    if (text.trim() === '') continue
    const user = parseLine(text)
    if (typeof user === 'string') {
      skipped.push({ line, reason: user })
      continue
    }
    const result = await act(user)
    if (result && !result.done) skipped.push({ line, reason: reasons[result.reason] })
    else imported++
  }
  return { imported, skipped }
}

/** What is wrong with it, never what stands in it. */
function parseLine(text: string): ImportedUser | string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'this is no JSON'
  }
  const parsed = ImportedUser.safeParse(value)
  if (parsed.success) return parsed.data
  return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
}

/** `gatehouse users export`: everybody, in the form that an import takes. */
export function exportUsersCommand(): Command {
  return forTenant(new Command('export').description('write everybody out, one JSON object on each line'))
    .option('--with-secrets', 'the keys of authenticator apps, too; whoever reads them can make every code')
    .action((flags: TenantFlags & { readonly withSecrets?: boolean }) =>
      inTenant(flags, async (ctx: Context, { keys }) => {
        for await (const user of exportUsers(ctx, flags.withSecrets ? keys : undefined))
          console.log(JSON.stringify(user))
      }),
    )
}
