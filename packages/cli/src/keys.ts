import { gatherFacts } from '@gatehouse/server/checkup/gather-facts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { Command } from 'commander'
import { withData } from './with-data.ts'

/** `gatehouse keys …`: the keys that seal what is secret. Never the keys themselves. */
export function keysCommand(): Command {
  const status = new Command('status')
    .description('list the keys of the database: what for, how old, and which key opens each')
    .option('--json', 'print one JSON object')
    .action(({ json }: { readonly json?: boolean }) =>
      withData(async (parts) => {
        const { keys } = await gatherFacts(operatorContext(parts), parts.policy)
        const data = keys.map(({ id, purpose, wrapped_by, created_at, retired_at }) => ({
          id,
          purpose,
          state: retired_at === null ? 'in use' : 'retired',
          opened_by: wrapped_by,
          created_at: new Date(created_at).toISOString(),
        }))
        const lines = data.map((key) => Object.values(key).join('\t'))
        console.log(json ? JSON.stringify({ data }) : lines.join('\n'))
      }),
    )
  return new Command('keys').description('the keys that seal what is secret').addCommand(status)
}
