import { endSession as Contract } from '@gatehouse/contract/session-operations'
import { Command } from 'commander'
import { atDesk, type DeskFlags, forDesk } from './desk.ts'
import { findUser } from './find-user.ts'
import { print } from './print.ts'

interface RevokeFlags extends DeskFlags {
  readonly reason: string
  readonly allOf?: string
}

/** `gatehouse sessions …`: works on the data folder. A running server refuses what was ended within a second. */
export function sessionsCommand(): Command {
  const list = forDesk(new Command('list').description('list the sessions of a user that are alive'))
    .argument('<user>', 'the e-mail address, in any spelling, or the id')
    .action((name: string, flags: DeskFlags) =>
      atDesk(flags, async (desk) => {
        const { id } = await findUser(desk, flags, name)
        const { data } = await desk.users.sessions.list({ id })
        const lines = data.map((each) => `${each.id}\t${each.acr}\t${each.created_at}\t${each.ip_address ?? ''}`)
        print(flags, { data }, lines.join('\n'))
      }),
    )
  const revoke = forDesk(new Command('revoke').description('end a session, or all sessions of a user'))
    .argument('[session]', 'its id, which list shows')
    .option('--all-of <user>', 'in place of one session: the user whose sessions end')
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .action((given: string | undefined, flags: RevokeFlags) => {
      if ((given === undefined) === (flags.allOf === undefined)) throw new Error('name one session, or say --all-of')
      return atDesk(flags, async (desk) => {
        const { reason } = flags
        if (flags.allOf !== undefined) {
          const { id } = await findUser(desk, flags, flags.allOf)
          await desk.users.sessions.revokeAll({ id, reason })
          print(flags, { user_id: id }, `${id} is signed out everywhere`)
          return
        }
        const input = Contract.input.safeParse({ id: given, reason })
        if (!input.success) throw new Error('the id of a session begins with ses_; gatehouse sessions list shows it')
        await desk.sessions.revoke(input.data)
        print(flags, { id: given }, `${given} has ended`)
      })
    })
  return new Command('sessions').description('sign-ins that are alive').addCommand(list).addCommand(revoke)
}
