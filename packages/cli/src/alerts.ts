import { acknowledgeAlert, resolveAlert } from '@gatehouse/server/alerts/change-alert'
import { listAlerts } from '@gatehouse/server/alerts/list-alerts'
import { Command } from 'commander'
import { forTenant, inTenant, type TenantFlags } from './in-tenant.ts'

/** `gatehouse alerts …`: what a person should look at, whether a server runs on the data folder or not. */
export function alertsCommand(): Command {
  const list = forTenant(new Command('list').description('alerts that nobody has closed, the newest first'))
    .option('--all', 'closed ones, too')
    .action((flags: TenantFlags & { readonly all?: boolean }) =>
      inTenant(flags, async (ctx) => {
        const { data } = await listAlerts(ctx, { limit: 200 })
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
    .addCommand(changing('ack', 'say that somebody looks at an alert', acknowledgeAlert))
    .addCommand(changing('resolve', 'close an alert', resolveAlert))
}

function changing(name: string, description: string, change: typeof resolveAlert): Command {
  return forTenant(new Command(name).description(description).argument('<id>', 'alr_…'))
    .requiredOption('--reason <text>', 'why; it stands in the record')
    .action((id: string, flags: TenantFlags & { readonly reason: string }) =>
      inTenant(flags, async (ctx) => {
        const alert = await change(ctx, { id: id as `alr_${string}`, reason: flags.reason })
        console.log(flags.json ? JSON.stringify(alert) : `${alert.id} is ${alert.state}`)
      }),
    )
}
