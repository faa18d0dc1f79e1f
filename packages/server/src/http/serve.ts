import type { Operation, Output, Parsed } from '@gatehouse/contract/operation'
import type { ProblemCode } from '@gatehouse/contract/problems'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Actor, type Context, commit, settle } from '../context.ts'
import { sourceOf } from '../guard/source.ts'
import { canonicalAddress } from '../kernel/address.ts'
import { minuteMs, secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { newId } from '../kernel/ids.ts'
import { defaultTenantId } from '../kernel/tenants.ts'
import { record } from '../log/record.ts'
import type { Call, House, Layer } from './call.ts'
import { slugForm } from './find-client.ts'
import { layers } from './layers.ts'
import { answerProblem, toFault } from './problem.ts'

/** Where operations are served: the HTTP server and what its layers stand on. */
export interface Site {
  readonly http: FastifyInstance
  readonly house: House
}

const nobody: Actor = { kind: 'nobody' }
const noBody = new Uint8Array()
const jsonMediaType = 'application/json; charset=utf-8'
const givenId = /^[A-Za-z0-9._-]{8,64}$/

/** Serves an operation of the contract: its layers, then `act`, then whatever is owed, then the answer. */
export function serve<O extends Operation>(
  { http, house }: Site,
  operation: O,
  act: (ctx: Context, input: Parsed<O>) => Promise<Output<O>>,
): void {
  const walls = layers.filter((layer): layer is Layer => 'pass' in layer && layer.callers.includes(operation.caller))
  const head = walls.filter((wall) => wall.stage === 'head')
  const rest = walls.filter((wall) => wall.stage === 'body')

  http.route({
    method: operation.method,
    url: operation.path.replace(/\{([a-z_]+)\}/g, ':$1'),
    // The head walls stand before the body is read.
    onRequest: async (request, reply) => {
      const call = openCall(operation, request, house)
      request.call = call
      reply.header('x-request-id', call.requestId)
      await passAll(head, call, house)
    },
    handler: async (request, reply) => {
      const { call } = request
      if (!call) throw new Error('the head walls have not run')
      call.body = request.body instanceof Uint8Array ? request.body : noBody
      await passAll(rest, call, house)
      const ctx = contextOf(call, house)
      const answer = await act(ctx, call.input as Parsed<O>)
      await settle(ctx)
      return reply.code(operation.status).headers(call.answerHeaders).type(jsonMediaType).send(JSON.stringify(answer))
    },
  })
}

async function passAll(walls: readonly Layer[], call: Call, house: House): Promise<void> {
  for (const wall of walls) {
    const passing = wall.pass(call, house)
    if (passing) await passing
  }
}

/** Answers for everything that went wrong: puts the refusal on record, then says so. */
export async function answerError(
  house: House,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { call } = request
  const requestId = call?.requestId ?? newId('req', { now: house.world.now(), random: house.world.random })
  const fault = call ? await putOnRecord(house, call, toFault(error)) : toFault(error)
  if (fault.code === 'internal_error') house.reportFailure(fault.options.cause ?? fault, requestId)
  const answer = answerProblem(fault, requestId, house.publicUrl, call?.moment.now ?? house.world.now())
  return reply
    .code(answer.status)
    .headers({ ...call?.answerHeaders, ...answer.headers })
    .send(answer.body)
}

/** A refusal that cannot be recorded is answered as what it then is: our storage failing. */
async function putOnRecord(house: House, call: Call, fault: ReturnType<typeof toFault>) {
  const ours = fault.code === 'internal_error' || fault.code === 'overloaded' || fault.code === 'storage_unavailable'
  try {
    const ctx = contextOf(call, house)
    if (fault.options.recorded || ours) {
      await settle(ctx)
      return fault
    }
    const flood = strangerCodes.has(fault.code) ? await countStranger(house, call) : undefined
    if (flood) return flood
    const name = String(call.headers['x-client-id'] ?? '')
    // Somebody may have sent a secret in place of the name.
    const claimed = call.client ? {} : { claimed_client: slugForm.test(name) ? name : null }
    await commit(ctx, [
      record(ctx, {
        type: 'request.refused',
        data: { code: fault.code, operation: call.operation.id, ...claimed },
      }),
    ])
    return fault
  } catch (error) {
    return ours ? fault : toFault(error)
  }
}

/** What anybody can be refused with who has no secret. */
const strangerCodes: ReadonlySet<ProblemCode> = new Set([
  'signature_missing',
  'signature_invalid',
  'signature_timestamp_out_of_range',
  'signature_scheme_not_allowed',
  'https_required',
  'client_not_allowed',
  'payload_too_large',
  'unsupported_media_type',
])
const strangerWindow = { limit: 100, windowMs: minuteMs }

/** A stranger's refusals are on record up to a point; past it they cost us almost nothing, and the disk nothing at all. */
async function countStranger(house: House, call: Call): Promise<Fault | undefined> {
  const nowMs = call.moment.now.getTime()
  const { owed, ...hit } = await house.storage.counters.hit(`stranger ${sourceOf(call.address)}`, strangerWindow, nowMs)
  if (owed) call.owed.push(owed)
  if (hit.allowed) return undefined
  return new Fault('rate_limited', { retryAfterSeconds: Math.ceil(hit.retryAfterMs / secondMs) })
}

function openCall(operation: Operation, request: FastifyRequest, house: House): Call {
  const { world } = house
  const { origin } = request
  const moment = { now: world.now(), random: world.random }
  const given = request.headers['x-request-id']
  return {
    operation,
    requestId: typeof given === 'string' && givenId.test(given) ? given : newId('req', moment),
    moment,
    target: request.url,
    headers: request.headers,
    parameters: request.params as Record<string, string>,
    query: request.query as Record<string, unknown>,
    origin,
    address: origin.address ?? origin.proxy ?? '',
    client: undefined,
    body: noBody,
    input: {},
    signatureOnce: undefined,
    answerHeaders: {},
    owed: [],
  }
}

function contextOf(call: Call, house: House): Context {
  const { client, moment } = call
  const endUser = call.input['end_user'] as { ip?: string; user_agent?: string } | undefined
  return {
    now: moment.now,
    random: moment.random,
    db: house.storage,
    storage: house.storage,
    owed: call.owed,
    tenantId: client?.tenantId ?? defaultTenantId,
    actor: client ? { kind: 'client', client } : nobody,
    source: {
      ipAddress: canonicalAddress(endUser?.ip ?? '') ?? call.address,
      userAgent: endUser?.user_agent ?? call.headers['user-agent']?.slice(0, 512) ?? null,
    },
    requestId: call.requestId,
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    call: Call | null
  }
}
