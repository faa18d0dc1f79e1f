import { beginOf, readOn } from '@gatehouse/server/log/follow-audit-events'
import { eventFormats } from '@gatehouse/server/log/formats/event-format'
import { recordReading } from '@gatehouse/server/log/note-reading'
import { Command } from 'commander'
import { line } from './audit-search.ts'
import { inTenant, type TenantFlags, tenantOption } from './in-tenant.ts'

const lookEveryMs = 500

/** `gatehouse audit tail`: events as they are sealed, until it is stopped. */
export function tailCommand(): Command {
  return new Command('tail')
    .description('show events as they happen, until it is stopped')
    .option('--for <seconds>', 'end by itself after so long', Number)
    .option('--json', 'print each as a line of JSON')
    .addOption(tenantOption())
    .action((flags: TenantFlags & { readonly for?: number }) =>
      inTenant(flags, async (ctx) => {
        const format = flags.json ? eventFormats.jsonl : line
        const stopped = stopAfter(flags.for)
        let from = await beginOf(ctx, {})
        await recordReading(ctx, 'feed', {})
        for (;;) {
          const { data, position, has_more } = await readOn(ctx, from)
          from = Number(position)
          for (const event of data) process.stdout.write(format.line(event))
          const pause = new Promise((resolve) => setTimeout(resolve, has_more ? 0 : lookEveryMs))
          if ((await Promise.race([pause, stopped])) === 'stopped') return
        }
      }),
    )
}

function stopAfter(seconds: number | undefined): Promise<'stopped'> {
  return new Promise((resolve) => {
    const stop = () => resolve('stopped')
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
    if (seconds !== undefined) setTimeout(stop, seconds * 1000)
  })
}
