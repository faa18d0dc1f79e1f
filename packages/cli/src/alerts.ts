import { Command } from 'commander'
import { atDesk, type DeskFlags, forDesk } from './desk.ts'
import { print } from './print.ts'

/** `gatehouse alerts …`: what a person should look at, whether a server runs on the data folder or not, or by the API. */
export function alertsCommand(): Command {
  const list = forDesk(new Command('list').description('alerts that nobody has closed, the newest first'))
    .option('--all', 'closed ones, too')
    .action((flags: DeskFlags & { readonly all?: boolean }) =>
      atDesk(flags, async (desk) => {
        const { data } = await desk.alerts.listPage({ limit: 200 })
        const shown = data.filter(({ state }) => flags.all || state === 'open' || state === 'acknowledged')
        if (flags.json) console.log(JSON.stringify({ data: shown }))
        else if (shown.length === 0) console.log('nothing to look at')
        for (const alert of flags.json ? [] : shown) {
          const { id, severity, state, rule, count, user_id, source, reasons, last_at } = alert
          const about = user_id ?? source ?? reasons.slice(1).join(' ')
          console.log(`${id}  ${severity} ${state}  ${rule} ×${count}  ${about}  ${last_at}`)
        }
      }),
    )
  return new Command('alerts')
    .description('what a person should look at')
    .addCommand(list)
    .addCommand(changing('ack', 'say that somebody looks at an alert', 'acknowledge'))
    .addCommand(changing('resolve', 'close an alert', 'resolve'))
}

function changing(name: string, description: string, change: 'acknowledge' | 'resolve'): Command {
  return forDesk(new Command(name).description(description).argument('<id>', 'alr_…'))
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .action((id: string, flags: DeskFlags & { readonly reason: string }) =>
      atDesk(flags, async (desk) => {
        const alert = await desk.alerts[change]({ id: id as `alr_${string}`, reason: flags.reason })
        print(flags, alert, `${alert.id} is ${alert.state}`)
      }),
    )
}
