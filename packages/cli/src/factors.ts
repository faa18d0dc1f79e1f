import { removeFactor as Contract } from '@gatehouse/contract/factor-operations'
import { factorsOf } from '@gatehouse/server/factors/factors'
import { listFactors } from '@gatehouse/server/factors/list-factors'
import { removeFactor } from '@gatehouse/server/factors/remove-factor'
import { openRules } from '@gatehouse/server/policies/tenant-rules'
import { openSessions } from '@gatehouse/server/sessions/sessions'
import { Command } from 'commander'
import { findUser } from './find-user.ts'
import { forTenant, inTenant, type TenantFlags } from './in-tenant.ts'

/** `gatehouse factors …`: works on the data folder, whether a server runs on it or not. */
export function factorsCommand(): Command {
  const list = forTenant(new Command('list').description('list the factors of a user'))
    .argument('<user>', 'the e-mail address, in any spelling, or the id')
    .action((name: string, flags: TenantFlags) =>
      inTenant(flags, async (ctx) => {
        const { id } = await findUser(ctx, flags, name)
        const { data } = await listFactors(ctx, { id })
        const lines = data.map((each) => `${each.id}\t${each.type}\t${each.state}\t${each.label ?? ''}`)
        console.log(flags.json ? JSON.stringify({ data }) : lines.join('\n'))
      }),
    )
  const remove = forTenant(new Command('remove').description('remove a factor and end the sessions of its user'))
    .argument('<factor>', 'its id, which list shows')
    .action((id: string, flags: TenantFlags) => {
      const input = Contract.input.safeParse({ id })
      if (!input.success) throw new Error('the id of a factor begins with fac_; gatehouse factors list shows it')
      return inTenant(flags, async (ctx, parts) => {
        const sessions = openSessions({ ...parts, db: parts.storage, issuer: parts.publicUrl })
        const tools = { ...parts, factors: factorsOf(parts), sessions, rules: openRules(parts.storage) }
        await removeFactor(tools)(ctx, input.data)
        console.log(flags.json ? JSON.stringify({ id }) : `${id} is removed`)
      })
    })
  return new Command('factors').description('second factors of people').addCommand(list).addCommand(remove)
}
