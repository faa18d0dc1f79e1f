import type { Input, Operation, Output, Parsed } from '@gatehouse/contract/operation'
import type { DeliveryAttempt, WebhookEndpoint } from '@gatehouse/contract/webhook-events'
import {
  createWebhookEndpoint,
  getWebhookDelivery,
  listWebhookDeliveries,
  replayWebhookDelivery,
  replayWebhookEndpoint,
  testWebhookEndpoint,
} from '@gatehouse/contract/webhook-operations'
import { createEndpoint } from '@gatehouse/server/webhooks/create-endpoint'
import { getDelivery, listDeliveries } from '@gatehouse/server/webhooks/list-deliveries'
import { listEndpoints } from '@gatehouse/server/webhooks/list-endpoints'
import { replayFailed, replayOne, sendSample } from '@gatehouse/server/webhooks/replay'
import { Command, type Option } from 'commander'
import { inTenant, type TenantFlags, tenantOption } from './in-tenant.ts'
import { print } from './print.ts'
import { readTime } from './read-time.ts'
import { checkFilter, checkType } from './webhook-types.ts'
import { listenCommand, triggerHere } from './webhooks-listen.ts'

/** `gatehouse webhooks …`: works on the data folder, whether a server runs on it or not. A running server sends within a second. */
export function webhooksCommand(): Command {
  return new Command('webhooks')
    .description('events sent to your applications')
    .addCommand(create())
    .addCommand(list())
    .addCommand(deliveries())
    .addCommand(replay())
    .addCommand(trigger())
    .addCommand(listenCommand())
}

function withJson(command: Command, option: Option = tenantOption()): Command {
  return command.addOption(option).option('--json', 'print one JSON object')
}

/** What a flag says, in the form that the API demands. */
function parse<O extends Operation>({ input }: O, given: Input<O>): Parsed<O> {
  const parsed = input.safeParse(given)
  if (parsed.success) return parsed.data as Parsed<O>
  const [issue] = parsed.error.issues
  if (issue?.path[0] === 'id') throw new Error('that is no id: those of deliveries are whd_…, of endpoints whe_…')
  throw new Error(`${issue?.path.join(' ') ?? 'the input'}: ${issue?.message ?? 'is not valid'}`)
}

function create(): Command {
  const command = new Command('create')
    .description('have events sent to an address; prints its secret once')
    .argument('<url>', 'https://…')
    .requiredOption('--events <type...>', 'types of events, user.* or *')
    .option('--description <text>', 'what it is for')
  return withJson(command).action(
    (url: string, flags: TenantFlags & { readonly events: readonly string[]; readonly description?: string }) =>
      inTenant(flags, async (ctx, { keys, policy, webhooks }) => {
        const { description } = flags
        const events = flags.events.map(checkFilter)
        const input = parse(createWebhookEndpoint, { url, events, description })
        const made = await createEndpoint({ keys, policy, reach: webhooks.reach })(ctx, input)
        if (flags.json) {
          console.log(JSON.stringify({ ...made.endpoint, secret: made.secret.value }))
          return
        }
        console.log(`WEBHOOK_SECRET=${made.secret.value}`)
        console.error(`\nEndpoint ${made.endpoint.id} gets ${events.join(' ')}. The secret is not shown again.`)
      }),
  )
}

function list(): Command {
  return withJson(new Command('list').description('list webhook endpoints')).action((flags: TenantFlags) =>
    inTenant(flags, async (ctx, { keys }) => {
      const { data } = await listEndpoints({ keys })(ctx, { limit: 200 })
      if (flags.json) console.log(JSON.stringify({ data }))
      else if (data.length > 0) console.log(data.map(describe).join('\n'))
      else console.error('No endpoints. Make one: gatehouse webhooks create https://… --events user.*')
    }),
  )
}

function describe({ id, status, disabled_reason, url, events }: WebhookEndpoint): string {
  return [id, disabled_reason ?? status, url, events.join(' ')].join('\t')
}

function deliveries(): Command {
  const command = new Command('deliveries')
    .description('list the newest deliveries and what became of them, or show all of one')
    .argument('[delivery]', 'whd_…: what was sent, and what came of each attempt')
    .option('--endpoint <id>', 'of this endpoint alone')
    .option('--status <status>', 'pending, delivered or failed')
  type DeliveryFlags = TenantFlags & { readonly endpoint?: string; readonly status?: string }
  return withJson(command).action((delivery: string | undefined, flags: DeliveryFlags) =>
    inTenant(flags, async (ctx) => {
      if (delivery !== undefined) {
        const found = await getDelivery(ctx, parse(getWebhookDelivery, { id: delivery as `whd_${string}` }))
        return print(flags, found, describeDelivery(found))
      }
      const filter = { endpoint_id: flags.endpoint, status: flags.status }
      const input = parse(listWebhookDeliveries, filter as Input<typeof listWebhookDeliveries>)
      const { data } = await listDeliveries(ctx, input)
      const lines = data.map(({ id, event_type, status, attempts, next_attempt_at: next }) => {
        const last = attempts.at(-1)
        const then = next === null ? '' : `attempt ${attempts.length + 1} at ${next}`
        return [id, event_type, status, last ? answerOf(last) : '', then].join('\t').trimEnd()
      })
      if (flags.json) console.log(JSON.stringify({ data }))
      else if (lines.length > 0) console.log(lines.join('\n'))
      else console.error('No deliveries.')
    }),
  )
}

/** What came of an attempt: the status of an answer, or why there was none. */
function answerOf({ status, failure }: DeliveryAttempt): string {
  return status === null ? (failure ?? '') : String(status)
}

function describeDelivery(delivery: Output<typeof getWebhookDelivery>): string {
  const { id, endpoint_id, status, next_attempt_at, attempts, payload } = delivery
  const tries = attempts.map((each) => `${each.at}  ${answerOf(each)}  ${each.duration_ms} ms`)
  const next = next_attempt_at === null ? [] : [`next attempt at ${next_attempt_at}`]
  return [`${id} to ${endpoint_id} is ${status}`, '', JSON.stringify(payload, null, 2), '', ...tries, ...next].join(
    '\n',
  )
}

function replay(): Command {
  const command = new Command('replay')
    .description('send a delivery again, or all of an endpoint that were not taken')
    .argument('[delivery]', 'whd_…')
    .option('--endpoint <id>', 'all of this endpoint that were not taken')
    .option('--since <time>', 'since then: 30m, 1h, 3d or a time like 2026-11-22T10:00:00Z', '3d')
  return withJson(command).action(
    (delivery: string | undefined, flags: TenantFlags & { readonly endpoint?: string; readonly since: string }) => {
      if ((delivery === undefined) === (flags.endpoint === undefined)) {
        throw new Error('name one delivery (whd_…), or --endpoint whe_… for all that were not taken')
      }
      return inTenant(flags, async (ctx) => {
        if (flags.endpoint === undefined) {
          const { id } = parse(replayWebhookDelivery, { id: delivery as `whd_${string}` })
          const replayed = await replayOne(ctx, { id })
          print(flags, replayed, `${replayed.id} is sent again`)
          return
        }
        const since = readTime('--since', flags.since, ctx.now)
        const input = parse(replayWebhookEndpoint, { id: flags.endpoint as `whe_${string}`, since })
        const replayed = await replayFailed(ctx, input)
        const more = replayed.has_more ? '; there are more, run it again' : ''
        print(flags, replayed, `${replayed.replayed} are sent again${more}`)
      })
    },
  )
}

function trigger(): Command {
  const command = new Command('trigger')
    .description('send a sample of an event that has not happened')
    .argument('<type>', 'such as user.locked')
    .option('--endpoint <id>', 'to this endpoint')
    .option('--forward-to <url>', 'to a receiver on this machine, signed as by listen')
  return withJson(command).action(
    (type: string, flags: TenantFlags & { readonly endpoint?: string; readonly forwardTo?: string }) => {
      if ((flags.endpoint === undefined) === (flags.forwardTo === undefined)) {
        throw new Error('say where it goes: --endpoint whe_… or --forward-to localhost:3000/hooks')
      }
      return inTenant(flags, async (ctx, parts) => {
        checkType(type)
        const given = { id: (flags.endpoint ?? `whe_${'0'.repeat(26)}`) as `whe_${string}`, type }
        const input = parse(testWebhookEndpoint, given)
        if (flags.forwardTo !== undefined) return triggerHere(ctx, parts, flags.forwardTo, type)
        const sent = await sendSample(ctx, input)
        print(flags, sent, `${sent.id} is on its way`)
      })
    },
  )
}
