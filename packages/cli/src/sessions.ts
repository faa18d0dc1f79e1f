import { endSession as Contract } from '@gatehouse/contract/session-operations'
import { endSession, endSessions, listSessions } from '@gatehouse/server/sessions/list-sessions'
import { openSessions } from '@gatehouse/server/sessions/sessions'
import { Command } from 'commander'
import { findUser } from './find-user.ts'
import { forTenant, inTenant, type TenantFlags } from './in-tenant.ts'

interface RevokeFlags extends TenantFlags {
  readonly reason: string
  readonly allOf?: string
}

/** `gatehouse sessions …`: works on the data folder. A running server refuses what was ended within a second. */
export function sessionsCommand(): Command {
  const list = forTenant(new Command('list').description('list the sessions of a user that are alive'))
    .argument('<user>', 'the e-mail address, in any spelling, or the id')
    .action((name: string, flags: TenantFlags) =>
      inTenant(flags, async (ctx) => {
        const { id } = await findUser(ctx, flags, name)
        const { data } = await listSessions(ctx, { id })
        const lines = data.map((each) => `${each.id}\t${each.acr}\t${each.created_at}\t${each.ip_address ?? ''}`)
        console.log(flags.json ? JSON.stringify({ data }) : lines.join('\n'))
      }),
    )
  const revoke = forTenant(new Command('revoke').description('end a session, or all sessions of a user'))
    .argument('[session]', 'its id, which list shows')
    .option('--all-of <user>', 'in place of one session: the user whose sessions end')
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .action((given: string | undefined, flags: RevokeFlags) => {
      if ((given === undefined) === (flags.allOf === undefined)) throw new Error('name one session, or say --all-of')
      return inTenant(flags, async (ctx, parts) => {
        const sessions = openSessions({ ...parts, db: parts.storage, issuer: parts.publicUrl })
        const { reason } = flags
        if (flags.allOf !== undefined) {
          const { id } = await findUser(ctx, flags, flags.allOf)
          await endSessions({ sessions })(ctx, { id, reason })
          console.log(flags.json ? JSON.stringify({ user_id: id }) : `${id} is signed out everywhere`)
          return
        }
        const input = Contract.input.safeParse({ id: given, reason })
        if (!input.success) throw new Error('the id of a session begins with ses_; gatehouse sessions list shows it')
        await endSession({ sessions })(ctx, input.data)
        console.log(flags.json ? JSON.stringify({ id: given }) : `${given} has ended`)
      })
    })
  return new Command('sessions').description('sign-ins that are alive').addCommand(list).addCommand(revoke)
}
