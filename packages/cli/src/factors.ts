import { removeFactor as Contract } from '@gatehouse/contract/factor-operations'
import { Command } from 'commander'
import { atDesk, type DeskFlags, forDesk } from './desk.ts'
import { findUser } from './find-user.ts'
import { print } from './print.ts'

/** `gatehouse factors …`: works on the data folder, whether a server runs on it or not, or by the API. */
export function factorsCommand(): Command {
  const list = forDesk(new Command('list').description('list the factors of a user'))
    .argument('<user>', 'the e-mail address, in any spelling, or the id')
    .action((name: string, flags: DeskFlags) =>
      atDesk(flags, async (desk) => {
        const { id } = await findUser(desk, flags, name)
        const { data } = await desk.users.factors.list({ id })
        const lines = data.map((each) => `${each.id}\t${each.type}\t${each.state}\t${each.label ?? ''}`)
        print(flags, { data }, lines.join('\n'))
      }),
    )
  const remove = forDesk(new Command('remove').description('remove a factor and end the sessions of its user'))
    .argument('<factor>', 'its id, which list shows')
    .action((id: string, flags: DeskFlags) => {
      const input = Contract.input.safeParse({ id })
      if (!input.success) throw new Error('the id of a factor begins with fac_; gatehouse factors list shows it')
      return atDesk(flags, async (desk) => {
        await desk.factors.remove(input.data)
        print(flags, { id }, `${id} is removed`)
      })
    })
  return new Command('factors').description('second factors of people').addCommand(list).addCommand(remove)
}
