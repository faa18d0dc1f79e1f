import type { WebhookEvent } from '@gatehouse/contract/webhook-events'
import type { Context } from '@gatehouse/server/context'
import { newId } from '@gatehouse/server/kernel/ids'
import type { OpenParts } from '@gatehouse/server/open-parts'
import { type OutgoingLine, openOutgoingLine } from '@gatehouse/server/outgoing/outgoing-line'
import { beginListening, forward, listenFrom, listenSecret } from '@gatehouse/server/webhooks/listen'
import { sampleOf } from '@gatehouse/server/webhooks/replay'
import { Command } from 'commander'
import { inTenant, type TenantFlags, tenantOption } from './in-tenant.ts'
import { checkFilter } from './webhook-types.ts'

interface ListenFlags extends TenantFlags {
  readonly forwardTo: string
  readonly events: readonly string[]
}

const lookEveryMs = 500
const openLine = () => openOutgoingLine({ longestMs: 10_000, largestAnswer: 65_536 })

/** `gatehouse webhooks listen`: a receiver on this machine gets what happens, without being reachable from outside. */
export function listenCommand(): Command {
  return new Command('listen')
    .description('send events to a receiver on this machine while it runs, without an endpoint')
    .requiredOption('--forward-to <url>', 'such as localhost:3000/hooks')
    .option('--events <type...>', 'types of events, user.* or *', ['*'])
    .addOption(tenantOption())
    .action((flags: ListenFlags) => inTenant(flags, (ctx, parts) => listen(ctx, parts, flags)))
}

/** A sample to such a receiver. */
export async function triggerHere(ctx: Context, { keys }: OpenParts, to: string, type: string): Promise<void> {
  const line = openLine()
  try {
    const event = sampleOf(ctx, newId('whd', ctx), type)
    const isTaken = await send(line, urlOf(to), event, { secret: listenSecret(keys, ctx), now: ctx.now })
    if (!isTaken) throw new Error(`${urlOf(to)} has not taken it; a receiver answers 2xx`)
  } finally {
    await line.close()
  }
}

async function listen(ctx: Context, { keys, world }: OpenParts, { forwardTo, events }: ListenFlags): Promise<void> {
  const filter = events.map(checkFilter)
  const url = urlOf(forwardTo)
  const secret = listenSecret(keys, ctx)
  const line = openLine()
  const stopped = new Promise<'stopped'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('stopped'))
  })
  try {
    let position = await beginListening(ctx)
    console.log(`WEBHOOK_SECRET=${secret}`)
    console.error(`Events go to ${url}. Stop with Ctrl-C.`)
    for (;;) {
      const { events: found, next } = await listenFrom(ctx, position, filter)
      for (const event of found) await send(line, url, event, { secret, now: world.now() })
      const isBehind = next > position
      position = next
      const pause = new Promise((resolve) => setTimeout(resolve, isBehind ? 0 : lookEveryMs))
      if ((await Promise.race([pause, stopped])) === 'stopped') return
    }
  } finally {
    await line.close()
  }
}

/** Sends one event, prints what came of it, and answers whether it was taken. Nothing is tried again: the developer sees it. */
async function send(
  line: OutgoingLine,
  url: string,
  event: WebhookEvent,
  by: Parameters<typeof forward>[3],
): Promise<boolean> {
  const answer = await forward(line, url, event, by).catch(describe)
  console.log(`${event.timestamp} ${event.id} ${event.type} ${answer}`)
  return typeof answer === 'number' && answer >= 200 && answer < 300
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer within 10 seconds'
  const code = 'code' in error ? String(error.code) : error.message
  return code === 'ECONNREFUSED' ? 'nobody listens there (ECONNREFUSED)' : code
}

function urlOf(text: string): string {
  const url = /^https?:\/\//.test(text) ? text : `http://${text}`
  return URL.canParse(url) ? url : fail(`${text} is no address; give one like localhost:3000/hooks`)
}

function fail(message: string): never {
  throw new Error(message)
}
