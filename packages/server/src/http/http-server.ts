import type { RequestListener, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { everyOperation } from '@gatehouse/contract/every-operation'
import Fastify, { type FastifyInstance } from 'fastify'
import { canonicalAddress } from '../kernel/address.ts'
import { Fault } from '../kernel/fault.ts'
import { newId } from '../kernel/ids.ts'
import { commonHeaders, headersOfEveryAnswer, strictTransportSecurity } from './answer.ts'
import type { House } from './call.ts'
import { findWireFault } from './find-wire-fault.ts'
import { findDetour, greeter } from './greet.ts'
import { answerProblem, toFault } from './problem.ts'
import { recordRefusal } from './record-refusal.ts'
import { answerError } from './serve.ts'
import type { TlsDoor } from './tls-door.ts'

/**
 * An HTTP server without routes: sizes and times are bounded, bodies stay bytes, and every failure is a problem document.
 * With a door it speaks TLS itself.
 */
export function createHttpServer(house: House, door?: TlsDoor): FastifyInstance {
  const { policy } = house
  const greet = greeter(house)
  const bounds: ServerOptions = {
    maxHeaderSize: policy.headerBytes,
    headersTimeout: policy.headersTimeoutMs,
    // How often Node looks at those times: its own default is half a minute.
    connectionsCheckingInterval: Math.ceil(policy.headersTimeoutMs / 5),
    requestTimeout: policy.requestTimeoutMs,
    keepAliveTimeout: 65_000,
    // Node would refuse none and take the first of two: `findWireFault` refuses both, with a problem document.
    requireHostHeader: false,
  }
  /** The answer to the newest request of each connection. */
  const underWay = new WeakMap<Socket, ServerResponse>()
  const ended = new WeakSet<Socket>()
  const http = Fastify({
    logger: false,
    bodyLimit: policy.bodyBytes,
    requestTimeout: policy.requestTimeoutMs,
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    // Fastify would turn away what has still come in, and not with a problem document.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 64, caseSensitive: true, ignoreTrailingSlash: false },
    // What comes in is judged against the contract. Fastify would load a hundred modules to do the same its own way.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    http: bounds,
    ...(door && { serverFactory: (listener: RequestListener) => door.makeServer(bounds, listener) }),
    frameworkErrors: (error, request, reply) => {
      greet(request)
      void answerError(house, error, request, reply)
    },
    clientErrorHandler: (error, socket) => {
      const answer = underWay.get(socket)
      const isWithinRequest = answer?.req.complete === false
      // It was refused before its body came. A proxy could take a second answer for that to somebody else's request.
      if (isWithinRequest && answer.headersSent) socket.destroySoon()
      else answerBrokenRequest(house, error, socket, isWithinRequest)
    },
  })
  http.decorate('ended', ended)
  http.decorateRequest('call', null)
  http.decorateRequest('origin')
  http.removeAllContentTypeParsers()
  http.addHook('onRequest', (request, reply, done) => {
    const { raw } = request
    if (ended.has(raw.socket)) return void reply.hijack()
    underWay.set(raw.socket, reply.raw)
    greet(request)
    const fault = findWireFault(raw)
    if (fault) {
      ended.add(raw.socket)
      reply.header('connection', 'close')
      throw fault
    }
    // Node drops what stands behind such a request in one packet, and reads on amid what comes next.
    if (raw.headers.upgrade !== undefined) reply.header('connection', 'close')
    const detour = findDetour(request, house)
    if (detour !== undefined) return void reply.redirect(detour, 308)
    done()
  })
  http.addHook('preClose', async () => door?.dismissSilent())
  endConnectionsOnClose(http)
  http.addHook('onSend', (request, reply, payload, done) => {
    for (const [name, value] of Object.entries(commonHeaders(request.origin, house.entrance))) {
      if (!reply.hasHeader(name)) reply.header(name, value)
    }
    done(null, payload)
  })
  // Node would answer these two itself: with an empty 417, and by hanging up.
  http.server.on('checkExpectation', http.routing)
  http.server.on('connect', (_request, socket: Socket) => {
    answerOnSocket(house, new Fault('method_not_allowed'), socket)
  })
  http.setErrorHandler((error, request, reply) => answerError(house, error, request, reply))
  http.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = methodsOf(path)
    if (allowed.length > 0) reply.header('allow', allowed.join(', '))
    const fault = new Fault(allowed.length > 0 ? 'method_not_allowed' : 'not_found')
    return answerError(house, fault, request, reply)
  })
  return http
}

function noCompiler(): never {
  throw new Error('a route has no schemas but those of the contract')
}

function endConnectionsOnClose(http: FastifyInstance): void {
  const ending = { hasBegun: false }
  http.decorate('ending', ending)
  http.addHook('preClose', async () => {
    ending.hasBegun = true
  })
  http.addHook('onSend', (_request, reply, payload, done) => {
    if (ending.hasBegun) reply.header('connection', 'close')
    done(null, payload)
  })
}

const pathForms = everyOperation.map(({ method, path }) => ({
  method,
  form: new RegExp(`^${path.replace(/\{[a-z_]+\}/g, '[^/]+')}$`),
}))

function methodsOf(path: string): string[] {
  return [...new Set(pathForms.filter(({ form }) => form.test(path)).map(({ method }) => method))]
}

/**
 * What Node's parser could not read as HTTP. There is no request yet, so the answer is written by hand; or there is half of
 * one, which fails for lack of the rest and puts itself on record.
 */
function answerBrokenRequest(
  house: House,
  error: Error & { code?: string },
  socket: Socket,
  isWithinRequest: boolean,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const known = toFault(error)
  const fault = known.code === 'internal_error' ? new Fault('invalid_request') : known
  answerOnSocket(house, isWithinRequest ? new Fault(fault.code, { recorded: true }) : fault, socket)
}

/** For what is not handed to any route. */
function answerOnSocket(house: House, fault: Fault, socket: Socket): void {
  const { now, random } = house.world
  const moment = { now: now(), random }
  const requestId = newId('req', moment)
  const address = canonicalAddress(socket.remoteAddress ?? '') ?? ''
  const nothing = {
    operation: undefined,
    headers: {},
    claimed: undefined,
    client: undefined,
    bearer: undefined,
    administrator: undefined,
    input: {},
    owed: [],
  }
  // Nothing was asked, and whoever sends half a line does not wait: this one answer does not wait for the record either.
  void recordRefusal(house, { requestId, moment, address, ...nothing }, fault)
  const { status, headers, body } = answerProblem(fault, requestId, house.publicUrl, moment.now)
  const secured = 'encrypted' in socket && house.entrance.demandsTls ? strictTransportSecurity : {}
  const all = {
    ...headersOfEveryAnswer,
    ...headers,
    ...secured,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  socket.end(`HTTP/1.1 ${status} \r\n${lines}\r\n${body}`)
}
