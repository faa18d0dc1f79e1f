import type { Operation } from '@gatehouse/contract/operation'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Context, settle } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { type Form, parseForm } from '../kernel/form.ts'
import type { authenticateClient, Proof } from '../oauth/authenticate-client.ts'
import { oauthProblem } from '../oauth/oauth-problem.ts'
import { readCredentials } from '../oauth/read-credentials.ts'
import type { Call, House } from './call.ts'
import { checkShape } from './check-shape.ts'
import { contextOf } from './context-of.ts'
import { demandTls } from './demand-tls.ts'
import { findAddress } from './find-address.ts'
import { findNamedClient } from './find-client.ts'
import { limitClient } from './limit-client.ts'
import { limitRate } from './limit-rate.ts'
import { noteSecretUse } from './note-secret-use.ts'
import { toFault } from './problem.ts'
import { recordRefusal } from './record-refusal.ts'
import { openCall, openIncident } from './serve.ts'

/** What a form asks for, once its client is known. */
type Act = (ctx: Context, form: Form, proof: Proof) => Promise<object>

/** The walls of a signed call in their order, with a secret or an assertion in the place of the signature. */
export function serveForm(
  scope: FastifyInstance,
  house: House,
  authenticate: ReturnType<typeof authenticateClient>,
  operation: Operation,
  act: Act,
): void {
  scope.route({
    method: 'POST',
    url: operation.path,
    onRequest: async (request, reply) => {
      const { exchange, url } = request
      const [, ...query] = url.split('?')
      const call = openCall(operation, exchange, { parameters: {}, query: query.join('?') }, house)
      exchange.call = call
      reply.header('x-request-id', call.requestId)
      checkShape(call)
      demandTls(call, house)
      findAddress(call, house)
    },
    handler: async (request, reply) => {
      const { call } = request.exchange
      if (!call) throw new Error('the head walls have not run')
      if (call.query !== '') throw new Fault('invalid_request', { detail: 'Send a form, and no query.' })
      const form = parseForm(request.body instanceof Uint8Array ? request.body : new Uint8Array())
      const { ctx, proof } = await admit(call, form)
      const answer = await act(ctx, form, proof)
      await settle(ctx)
      return reply.headers(call.answerHeaders).type('application/json; charset=utf-8').send(JSON.stringify(answer))
    },
  })

  async function admit(call: Call, form: Form): Promise<{ readonly ctx: Context; readonly proof: Proof }> {
    const credentials = readCredentials(call.headers.authorization, form)
    const client = await findNamedClient(call, house, credentials.slug)
    const proof = await authenticate(contextOf(call, house), client, credentials, call.address)
    call.client = client
    call.secretId = proof.secretId
    await noteSecretUse(call, house)
    await limitClient(call, house)
    await limitRate(call, house)
    return { ctx: contextOf(call, house), proof }
  }
}

/** The same for what went wrong, in the words of the standard. */
export async function answerOAuthError(
  house: House,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { exchange } = request
  const call = exchange.call ?? openIncident(exchange, house)
  const fault = await recordRefusal(house, call, toFault(error))
  if (fault.code === 'internal_error') house.reportFailure(fault.options.cause ?? fault, call.requestId)
  const { status, headers, body } = oauthProblem(fault, call.requestId)
  const all = { ...exchange.call?.answerHeaders, 'x-request-id': call.requestId, ...headers }
  return reply.code(status).headers(all).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
