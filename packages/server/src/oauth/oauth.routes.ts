import type { Operation, RateClass } from '@gatehouse/contract/operation'
import type { Policy } from '@gatehouse/contract/policy'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Context, settle } from '../context.ts'
import type { Call, House } from '../http/call.ts'
import { checkShape } from '../http/check-shape.ts'
import { contextOf } from '../http/context-of.ts'
import { demandTls } from '../http/demand-tls.ts'
import { findAddress } from '../http/find-address.ts'
import { findNamedClient } from '../http/find-client.ts'
import { limitRate } from '../http/limit-rate.ts'
import { noteSecretUse } from '../http/note-secret-use.ts'
import { toFault } from '../http/problem.ts'
import { recordRefusal } from '../http/record-refusal.ts'
import { openCall, openIncident, type Site } from '../http/serve.ts'
import { Fault } from '../kernel/fault.ts'
import { authenticateClient, type Proof } from './authenticate-client.ts'
import { type Form, parseForm } from './form.ts'
import { introspectToken } from './introspect-token.ts'
import { issueToken } from './issue-token.ts'
import { oauthProblem } from './oauth-problem.ts'
import { readCredentials } from './read-credentials.ts'
import { revokeClientToken } from './revoke-client-token.ts'
import { serverMetadata } from './server-metadata.ts'

type Act = (ctx: Context, form: Form, proof: Proof) => Promise<object>

/** OAuth 2.0 for client applications: forms in place of signed JSON, and errors in the words of the standard. */
export function serveOAuth({ http, house }: Site, { policy }: { readonly policy: Policy }): void {
  const issuer = house.publicUrl
  http.get('/.well-known/oauth-authorization-server', async () => serverMetadata(issuer))
  const tools = { tokens: house.clientTokens, sessions: house.sessions, issuer }
  http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    const form = { parseAs: 'buffer' } as const
    scope.addContentTypeParser('application/x-www-form-urlencoded', form, (_request, body, done) => done(null, body))
    scope.setErrorHandler((error, request, reply) => answerOAuthError(house, error, request, reply))
    const authenticate = authenticateClient({ policy, issuer })
    serveForm(scope, house, authenticate, endpoint('token', 'auth'), issueToken({ policy }))
    serveForm(scope, house, authenticate, endpoint('introspect', 'validate'), introspectToken(tools))
    serveForm(scope, house, authenticate, endpoint('revoke', 'other'), revokeClientToken)
  })
}

/** As much of an operation as the walls ask for. */
function endpoint(name: 'token' | 'introspect' | 'revoke', rate: RateClass): Operation {
  const about = { id: `oauth_${name}`, summary: name, path: `/oauth/${name}` } as const
  const input = z.object({})
  return {
    ...about,
    method: 'POST',
    caller: 'client',
    scope: 'own',
    rate,
    status: 200,
    input,
    output: input,
    problems: [],
  }
}

/** The walls of a signed call in their order, with a secret or an assertion in the place of the signature. */
function serveForm(
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
      const call = openCall(operation, request, house)
      request.call = call
      reply.header('x-request-id', call.requestId)
      checkShape(call)
      demandTls(call, house)
      findAddress(call, house)
    },
    handler: async (request, reply) => {
      const { call } = request
      if (!call) throw new Error('the head walls have not run')
      if (Object.keys(call.query).length > 0)
        throw new Fault('invalid_request', { detail: 'Send a form, and no query.' })
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
    await limitRate(call, house)
    return { ctx: contextOf(call, house), proof }
  }
}

async function answerOAuthError(
  house: House,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const call = request.call ?? openIncident(request, house)
  const fault = await recordRefusal(house, call, toFault(error))
  if (fault.code === 'internal_error') house.reportFailure(fault.options.cause ?? fault, call.requestId)
  const { status, headers, body } = oauthProblem(fault, call.requestId)
  const all = { ...request.call?.answerHeaders, 'x-request-id': call.requestId, ...headers }
  return reply.code(status).headers(all).type('application/json; charset=utf-8').send(JSON.stringify(body))
}
