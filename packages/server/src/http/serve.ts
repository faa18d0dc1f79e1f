import type { Operation, Output, Parsed } from '@gatehouse/contract/operation'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Context, settle } from '../context.ts'
import type { Admitted } from '../idempotency/kept-answers.ts'
import { goOn } from '../kernel/go-on.ts'
import { newId } from '../kernel/ids.ts'
import type { Moment } from '../kernel/moment.ts'
import { answerDirectly } from './answer.ts'
import type { Call, House, Layer } from './call.ts'
import { contextOf } from './context-of.ts'
import { eventStreams } from './event-streams.ts'
import { type Flow, flows } from './flows.ts'
import { layers } from './layers.ts'
import { answerProblem, toFault } from './problem.ts'
import { readBody } from './read-body.ts'
import { recordRefusal } from './record-refusal.ts'

/** Where operations are served: the HTTP server and what its layers stand on. */
export interface Site {
  readonly http: FastifyInstance
  readonly house: House
}

const noBody = new Uint8Array()
const jsonMediaType = 'application/json; charset=utf-8'
const givenId = /^[A-Za-z0-9._-]{8,64}$/

/** An answer that goes on: the same output again and again, until there is no more or the signal says that nobody listens. */
type Follow<O extends Operation> = (
  ctx: Context,
  input: Parsed<O>,
  signal: AbortSignal,
  /** What a reader says who was cut off (WHATWG HTML, section 9.2.4). */
  lastEventId: string | string[] | undefined,
) => AsyncGenerator<Output<O> & { readonly position: string }>

/**
 * Serves an operation of the contract: its layers, then `act`, then whatever is owed, then the answer. Where there is
 * `follow`, whoever accepts `text/event-stream` gets that.
 */
export function serve<O extends Operation>(
  site: Site,
  operation: O,
  act: (ctx: Context, input: Parsed<O>) => Promise<Output<O>>,
  follow?: Follow<O>,
): void {
  const stream = follow && eventStreams(site.http, site.house)
  const write = outputWriter()
  route(site, operation, async (ctx, call, reply) => {
    const input = call.input as Parsed<O>
    if (follow && stream && call.headers.accept === 'text/event-stream') {
      const lastEventId = call.headers['last-event-id']
      return stream(ctx, (signal) => follow(ctx, input, signal, lastEventId), reply)
    }
    const { requestId, admitted, answerHeaders } = call
    const body = admitted
      ? await answerOnce(admitted, ctx, async (ctx) => write(await act(ctx, input)))
      : write(await act(ctx, input))
    await settle(ctx)
    const headers = { 'content-type': jsonMediaType, 'x-request-id': requestId }
    answerDirectly(reply, site.house.entrance, operation.status, body, headers, answerHeaders)
  })
}

/** What an operation answers again and again it freezes: that is written once. */
function outputWriter(): (output: unknown) => string {
  const written = new WeakMap<object, string>()
  return (output) => {
    if (typeof output !== 'object' || output === null || !Object.isFrozen(output)) return JSON.stringify(output)
    const before = written.get(output)
    if (before !== undefined) return before
    const text = JSON.stringify(output)
    written.set(output, text)
    return text
  }
}

/** Serves an operation whose answer is a flow. What fails before its first part is an ordinary refusal. */
export function serveFlow<O extends Operation>(
  site: Site,
  operation: O,
  open: (ctx: Context, input: Parsed<O>) => Promise<Flow>,
): void {
  const send = flows(site.http)
  route(site, operation, async (ctx, call, reply) => {
    const flow = await open(ctx, call.input as Parsed<O>)
    await settle(ctx)
    return send(reply.code(operation.status).header('x-request-id', call.requestId).headers(call.answerHeaders), flow)
  })
}

function route(
  { http, house }: Site,
  operation: Operation,
  answer: (ctx: Context, call: Call, reply: FastifyReply) => Promise<unknown>,
): void {
  const walls = layers.filter(({ callers }) => callers.includes(operation.caller))
  const head = walls.filter((wall) => wall.stage === 'head')
  const rest = walls.filter((wall) => wall.stage === 'body')

  const pass = (call: Call, reply: FastifyReply) =>
    goOn(passAll(head, call, house), () =>
      // The head walls stand before the body is read.
      goOn(operation.method === 'GET' ? noBody : readBody(reply, house.policy.bodyBytes), (body) => {
        call.body = body
        return goOn(passAll(rest, call, house), () => answer(contextOf(call, house), call, reply))
      }),
    )

  http.route({
    method: operation.method,
    url: operation.path.replace(/\{([a-z_]+)\}/g, ':$1'),
    // Everything happens here, and Fastify goes no further: it finds the way, and the rest of its own way costs time.
    onRequest: (request, reply, _done) => {
      const call = openCall(operation, request, house)
      request.call = call
      const refuse = (error: unknown) =>
        attempt(
          () => answerError(house, error, request, reply),
          (worse) => giveUp(house, worse, request),
        )
      attempt(() => pass(call, reply), refuse)
    },
    handler: unreachable,
  })
}

/** Does what may fail at once or later. */
function attempt(work: () => unknown, fail: (error: unknown) => unknown): void {
  try {
    const working = work()
    if (working instanceof Promise) working.catch(fail)
  } catch (error) {
    fail(error)
  }
}

/** Nothing can be said any more: not even a refusal. */
function giveUp({ reportFailure }: House, error: unknown, { raw, call }: FastifyRequest): void {
  raw.destroy()
  reportFailure(error, call?.requestId ?? '')
}

function unreachable(): never {
  throw new Error('an operation is answered before its handler')
}

/** The answer of the operation; for a request that was carried out before, the answer that it had then. */
async function answerOnce(admitted: Admitted, ctx: Context, act: (ctx: Context) => Promise<string>): Promise<string> {
  if (!admitted.isRepeat) return admitted.carryOut(ctx, act)
  if (typeof admitted.answer === 'string') return admitted.answer
  throw admitted.answer
}

/** Waits only where a wall has to: most of them judge what is in memory. */
function passAll(walls: readonly Layer[], call: Call, house: House, first = 0): void | Promise<void> {
  for (let i = first; i < walls.length; i++) {
    const passing = walls[i]?.pass(call, house)
    if (passing) return passing.then(() => passAll(walls, call, house, i + 1))
  }
}

/** Answers for everything that went wrong: puts the refusal on record, then says so. */
export function answerError(
  house: House,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): void | Promise<void> {
  const call = request.call ?? openIncident(request, house)
  return goOn(recordRefusal(house, call, toFault(error)), (fault): void => {
    if (fault.code === 'internal_error') house.reportFailure(fault.options.cause ?? fault, call.requestId)
    const { status, headers, body } = answerProblem(fault, call.requestId, house.publicUrl, call.moment.now)
    request.refusedBy = fault.code
    const allow = reply.getHeader('allow')
    const ofCall = request.call?.answerHeaders ?? (allow === undefined ? {} : { allow: String(allow) })
    answerDirectly(reply, house.entrance, status, body, headers, withoutTwins(ofCall, headers))
  })
}

/** A wall may have named a header that the problem names, too: the problem has the last word. */
function withoutTwins(headers: Readonly<Record<string, string>>, others: Readonly<Record<string, string>>) {
  if (!Object.keys(headers).some((name) => name in others)) return headers
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !(name in others)))
}

/** A request for this operation, of which nothing is known but what it says. */
export function openCall(operation: Operation, request: FastifyRequest, house: House): Call {
  const { origin, headers } = request
  const moment = { now: house.world.now(), random: house.world.random }
  // Its parts stand here once more: to spread one object into another takes longer than to find them out.
  return {
    operation,
    requestId: nameRequest(headers, moment),
    moment,
    headers,
    address: origin.address ?? origin.proxy ?? '',
    claimed: undefined,
    client: undefined,
    bearer: undefined,
    administrator: undefined,
    input: {},
    owed: [],
    target: request.url,
    parameters: request.params as Record<string, string>,
    query: request.query as Record<string, unknown>,
    origin,
    secretId: undefined,
    granted: undefined,
    body: noBody,
    signatureOnce: undefined,
    admitted: undefined,
    answerHeaders: {},
  }
}

/** What is known of a request before anything is asked of it. */
export function openIncident({ headers, origin }: FastifyRequest, { world }: House) {
  const moment = { now: world.now(), random: world.random }
  return {
    operation: undefined,
    requestId: nameRequest(headers, moment),
    moment,
    headers,
    address: origin.address ?? origin.proxy ?? '',
    claimed: undefined,
    client: undefined,
    bearer: undefined,
    administrator: undefined,
    input: {},
    owed: [],
  }
}

function nameRequest(headers: FastifyRequest['headers'], moment: Moment): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && givenId.test(given) ? given : newId('req', moment)
}

declare module 'fastify' {
  interface FastifyRequest {
    call: Call | null
  }
}
