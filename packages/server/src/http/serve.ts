import type { IncomingHttpHeaders } from 'node:http'
import type { Operation, Output, Parsed } from '@gatehouse/contract/operation'
import type { FastifyInstance } from 'fastify'
import { type Context, settle } from '../context.ts'
import type { Admitted } from '../idempotency/kept-answers.ts'
import { goOn } from '../kernel/go-on.ts'
import { answerDirectly } from './answer.ts'
import type { Call, House, Layer } from './call.ts'
import { contextOf } from './context-of.ts'
import { eventStreams } from './event-streams.ts'
import { type Exchange, endConnection, type Reception } from './exchange.ts'
import { type Flow, flows } from './flows.ts'
import { layers } from './layers.ts'
import { answerProblem, toFault } from './problem.ts'
import { readBody } from './read-body.ts'
import { recordRefusal } from './record-refusal.ts'
import type { Found, Routes } from './routes.ts'

/** Where operations and pages are served. */
export interface Site {
  /** What listens, and serves pages. */
  readonly http: FastifyInstance
  /** What the layers of operations stand on. */
  readonly house: House
  /** Where operations are found. */
  readonly routes: Routes<Serve>
  readonly reception: Reception
}

/** Carries an exchange out. Nothing that fails leaves it. */
export type Serve = (exchange: Exchange, said: Said) => void

/** What a request says of its operation before its body. */
type Said = Pick<Found<unknown>, 'parameters' | 'query'>

const noBody = new Uint8Array()
const mediaType = 'application/json; charset=utf-8'
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
  route(site, operation, async (ctx, call, exchange) => {
    const input = call.input as Parsed<O>
    if (follow && stream && call.headers.accept === 'text/event-stream') {
      const lastEventId = call.headers['last-event-id']
      return stream(ctx, (signal) => follow(ctx, input, signal, lastEventId), exchange)
    }
    const { requestId, moment, admitted, answerHeaders } = call
    const body = admitted
      ? await answerOnce(admitted, ctx, async (ctx) => write(await act(ctx, input)))
      : write(await act(ctx, input))
    await settle(ctx)
    const { status } = operation
    answerDirectly(exchange, { status, mediaType, requestId, now: moment.now, body }, answerHeaders)
  })
}

/** What an operation answers again and again it freezes: that is written once. */
function outputWriter(): (output: unknown) => string {
  const written = new WeakMap<object, string>()
  return (output) => {
    if (typeof output !== 'object' || output === null) return JSON.stringify(output)
    const before = written.get(output)
    if (before !== undefined) return before
    if (!Object.isFrozen(output)) return JSON.stringify(output)
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
  const send = flows(site.http, site.house)
  route(site, operation, async (ctx, call, exchange) => {
    const flow = await open(ctx, call.input as Parsed<O>)
    await settle(ctx)
    send(exchange, operation.status, { 'x-request-id': call.requestId, ...call.answerHeaders }, flow)
  })
}

function route(
  { house, routes }: Site,
  operation: Operation,
  answer: (ctx: Context, call: Call, exchange: Exchange) => Promise<void>,
): void {
  const walls = layers.filter(({ callers }) => callers.includes(operation.caller))
  const head = walls.filter((wall) => wall.stage === 'head')
  const rest = walls.filter((wall) => wall.stage === 'body')

  routes.add(operation.method, operation.path, (exchange, said) => {
    const fail = (error: unknown) => refuse(house, exchange, error)
    attempt(() => {
      const call = openCall(operation, exchange, said, house)
      exchange.call = call
      // The head walls stand before the body is read.
      const body = goOn(passAll(head, call, house), () =>
        operation.method === 'GET' ? noBody : readBody(exchange, house.policy.bodyBytes),
      )
      return goOn(body, (bytes) => {
        call.body = bytes
        // Not handed back: a promise that waits for another one takes two turns more.
        attempt(() => goOn(passAll(rest, call, house), () => answer(contextOf(call, house), call, exchange)), fail)
      })
    }, fail)
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
function giveUp({ reportFailure }: House, error: unknown, { response, call }: Exchange): void {
  response.destroy()
  reportFailure(error, call?.requestId ?? '')
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

/**
 * Answers for everything that went wrong: puts the refusal on record, then says so. `headers` are for what never had a
 * call, which names its own.
 */
export function refuse(
  house: House,
  exchange: Exchange,
  error: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  attempt(
    () => answerError(house, exchange, error, headers),
    (worse) => giveUp(house, worse, exchange),
  )
}

function answerError(
  house: House,
  exchange: Exchange,
  error: unknown,
  given: Readonly<Record<string, string>>,
): void | Promise<void> {
  const call = exchange.call ?? openIncident(exchange, house)
  return goOn(recordRefusal(house, call, toFault(error)), (fault): void => {
    if (fault.code === 'internal_error') house.reportFailure(fault.options.cause ?? fault, call.requestId)
    const problem = answerProblem(fault, call.requestId, house.publicUrl, call.moment.now)
    exchange.refusedBy = fault.code
    if (hasTooMuchLeft(exchange.request, house.policy.bodyBytes)) endConnection(exchange)
    // A wall may have named a header that the problem names, too: the problem has the last word.
    answerDirectly(exchange, problem, { ...(exchange.call?.answerHeaders ?? given), ...problem.headers })
  })
}

/** Whether more of a body has still to come than any operation reads: it would come in for as long as its sender likes. */
export function hasTooMuchLeft({ complete, headers }: Exchange['request'], limit: number): boolean {
  if (complete) return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > limit
}

/** A request for this operation, of which nothing is known but what it says. */
export function openCall(operation: Operation, exchange: Exchange, { parameters, query }: Said, house: House): Call {
  const { request, origin } = exchange
  const { headers } = request
  const moment = { now: house.world.now(), random: house.world.random }
  // Its parts stand here once more: to spread one object into another takes longer than to find them out.
  return {
    operation,
    requestId: nameRequest(headers, moment.now, house),
    moment,
    headers,
    address: origin.address ?? origin.proxy ?? '',
    claimed: undefined,
    client: undefined,
    bearer: undefined,
    administrator: undefined,
    input: {},
    owed: [],
    target: request.url ?? '',
    parameters,
    query,
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
export function openIncident({ request, origin }: Exchange, house: House) {
  const { headers } = request
  const moment = { now: house.world.now(), random: house.world.random }
  return {
    operation: undefined,
    requestId: nameRequest(headers, moment.now, house),
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

function nameRequest(headers: IncomingHttpHeaders, now: Date, house: House): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && givenId.test(given) ? given : house.nameRequest(now)
}
