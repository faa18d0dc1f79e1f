import { createServer, type IncomingMessage, type RequestListener, type ServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import Fastify from 'fastify'
import { canonicalAddress } from '../kernel/address.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { commonHeaders, headersOfEveryAnswer, keptAliveSeconds, strictTransportSecurity } from './answer.ts'
import type { House } from './call.ts'
import { originFinder } from './entrance.ts'
import { type Connection, type Exchange, endConnection, type Reception } from './exchange.ts'
import { findDetour } from './find-detour.ts'
import { findWireFault } from './find-wire-fault.ts'
import { answerProblem, toFault } from './problem.ts'
import { recordRefusal } from './record-refusal.ts'
import { openRoutes } from './routes.ts'
import { hasTooMuchLeft, refuse, type Serve, type Site } from './serve.ts'
import type { TlsDoor } from './tls-door.ts'
import { elapsedOf } from './watch-requests.ts'

/**
 * An HTTP server without routes: sizes and times are bounded, bodies stay bytes, and every failure is a problem document.
 * With a door it speaks TLS itself.
 */
export function createHttpServer(house: House, door?: TlsDoor): Site {
  const { policy } = house
  const reception: Reception = {
    entrance: house.entrance,
    isClosing: false,
    writeDate: dateWriter(),
    hasLeft: undefined,
  }
  const routes = openRoutes<Serve>()
  const bounds: ServerOptions = {
    maxHeaderSize: policy.headerBytes,
    headersTimeout: policy.headersTimeoutMs,
    // How often Node looks at those times: its own default is half a minute.
    connectionsCheckingInterval: Math.ceil(policy.headersTimeoutMs / 5),
    requestTimeout: policy.requestTimeoutMs,
    keepAliveTimeout: keptAliveSeconds * secondMs,
    // Node would refuse none and take the first of two: `findWireFault` refuses both, with a problem document.
    requireHostHeader: false,
  }
  const connections = new WeakMap<Socket, Connection>()
  const exchangeOf = ({ socket }: IncomingMessage) => connections.get(socket)?.newest as Exchange
  const http = Fastify({
    logger: false,
    bodyLimit: policy.bodyBytes,
    forceCloseConnections: 'idle',
    // Fastify would turn away what has still come in, and not with a problem document.
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 64, caseSensitive: true, ignoreTrailingSlash: false },
    // What comes in is judged against the contract. Fastify would load a hundred modules to do the same its own way.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    serverFactory: (servePage) => {
      const listener = receive(house, { reception, routes, connections }, servePage)
      const server = door?.makeServer(bounds, listener) ?? createServer(bounds, listener)
      // Node would answer these two itself: with an empty 417, and by hanging up.
      server.on('checkExpectation', listener)
      server.on('connect', (_request, socket: Socket) => {
        // Node has let go of the connection: nobody else hears of its failure, which would end the process, or ends it.
        socket.on('error', () => undefined)
        const answer = refuseByHand(house, new Fault('method_not_allowed'), socket)
        if (!isAnotherDue(connections.get(socket)?.newest)) socket.write(answer)
        socket.destroySoon()
      })
      return server
    },
    frameworkErrors: (error, { raw }, reply) => {
      reply.hijack()
      refuse(house, exchangeOf(raw), error)
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(house, error, socket, connections.get(socket)),
  })
  http.decorateRequest('exchange')
  http.removeAllContentTypeParsers()
  http.addHook('onRequest', (request, reply, done) => {
    request.exchange = exchangeOf(request.raw)
    const detour = findDetour(request, house)
    if (detour !== undefined) return void reply.redirect(detour, 308)
    done()
  })
  http.addHook('preClose', async () => {
    reception.isClosing = true
    door?.dismissSilent()
  })
  http.addHook('onSend', ({ exchange }, reply, payload, done) => {
    for (const [name, value] of Object.entries(commonHeaders(exchange.origin, house.entrance))) {
      if (!reply.hasHeader(name)) reply.header(name, value)
    }
    if (hasTooMuchLeft(exchange.request, policy.bodyBytes)) endConnection(exchange)
    if (reception.isClosing || exchange.isLast) reply.header('connection', 'close')
    done(null, payload)
  })
  http.addHook('onError', ({ exchange }, _reply, { code }, done) => {
    // What is left of a body that is refused is not waited for.
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') endConnection(exchange)
    done()
  })
  http.setErrorHandler((error, { exchange }, reply) => {
    reply.hijack()
    refuse(house, exchange, error)
  })
  http.setNotFoundHandler(({ exchange }, reply) => {
    reply.hijack()
    refuse(house, exchange, new Fault('not_found'))
  })
  return { http, house, routes, reception }
}

function noCompiler(): never {
  throw new Error('a route has no schemas but those of the contract')
}

/** Writes a date once for each second. */
function dateWriter(): (time: Date) => string {
  let second = Number.NaN
  let text = ''
  return (time) => {
    const current = Math.floor(time.getTime() / secondMs)
    if (current !== second) {
      second = current
      text = time.toUTCString()
    }
    return text
  }
}

interface Ways extends Pick<Site, 'reception' | 'routes'> {
  readonly connections: WeakMap<Socket, Connection>
}

/** Takes every request in: operations go their own way, and what else there is is left to `servePage`. */
function receive(house: House, { reception, routes, connections }: Ways, servePage: RequestListener): RequestListener {
  const { world, entrance } = house
  const findOrigin = originFinder(entrance)

  function refuseMissing(exchange: Exchange, target: string): void {
    if (!exchange.origin.isSecure && entrance.demandsTls) {
      refuse(house, exchange, new Fault('https_required'))
      return
    }
    const methods = routes.methodsOf(target)
    if (methods.length === 0) refuse(house, exchange, new Fault('not_found'))
    else refuse(house, exchange, new Fault('method_not_allowed'), { allow: methods.join(', ') })
  }

  function connectionOf(socket: Socket): Connection {
    const known = connections.get(socket)
    if (known) return known
    const connection = { newest: undefined, hasEnded: false }
    connections.set(socket, connection)
    return connection
  }

  return (request, response) => {
    const { method = '', url = '' } = request
    const connection = connectionOf(request.socket)
    if (connection.hasEnded) return
    const exchange: Exchange = {
      request,
      response,
      origin: findOrigin(request),
      beganMs: elapsedOf(world),
      reception,
      connection,
      call: undefined,
      refusedBy: undefined,
      isLast: false,
      isWritten: false,
    }
    connection.newest = exchange
    // Node drops what stands behind a wish for another protocol in one packet, and reads on amid what comes next.
    if (request.headers.upgrade !== undefined) endConnection(exchange)
    const fault = findWireFault(request)
    if (fault) {
      endConnection(exchange)
      refuse(house, exchange, fault)
      return
    }
    const found = routes.find(method, url)
    if (found) found.end(exchange, found)
    else if (url.startsWith('/v1/')) refuseMissing(exchange, url)
    else servePage(request, response)
  }
}

/** Whether an answer has still to come, or to end, before one to something newer than this newest exchange. */
function isAnotherDue(newest: Exchange | undefined): boolean {
  if (!newest || newest.isWritten || newest.response.writableFinished) return false
  return newest.request.complete || newest.response.socket === null
}

/**
 * What Node's parser could not read as HTTP. There is no request yet, so the answer is written by hand; or there is half of
 * one, which fails for lack of the rest and puts itself on record.
 */
function answerBrokenRequest(
  house: House,
  error: Error & { code?: string },
  socket: Socket,
  connection: Connection | undefined,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const exchange = connection?.newest
  const isWithinRequest = exchange?.request.complete === false
  const known = toFault(error)
  const code = known.code === 'internal_error' ? 'invalid_request' : known.code
  if (exchange && isAnotherDue(exchange)) {
    // Who waits for that would take this one for it. Node tells of each packet that comes behind.
    if (!connection?.hasEnded && !isWithinRequest) refuseByHand(house, new Fault(code), socket)
    endConnection(exchange)
    return
  }
  // It was refused before its body came. A proxy could take a second answer for that to somebody else's request.
  if (isWithinRequest && (exchange.isWritten || exchange.response.headersSent)) socket.destroySoon()
  else socket.end(refuseByHand(house, new Fault(code, { recorded: isWithinRequest }), socket))
}

/**
 * Puts on record what is handed to no route.
 * @returns the answer to it
 */
function refuseByHand(house: House, fault: Fault, socket: Socket): string {
  const { now, random } = house.world
  const moment = { now: now(), random }
  const requestId = house.nameRequest(moment.now)
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
  const { status, mediaType, headers, body } = answerProblem(fault, requestId, house.publicUrl, moment.now)
  const secured = 'encrypted' in socket && house.entrance.demandsTls ? strictTransportSecurity : {}
  const all = {
    ...headersOfEveryAnswer,
    'content-type': mediaType,
    'x-request-id': requestId,
    ...headers,
    ...secured,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(all)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
  return `HTTP/1.1 ${status} \r\n${lines}\r\n${body}`
}
