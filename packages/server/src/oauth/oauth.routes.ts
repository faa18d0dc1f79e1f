import type { Operation, RateClass } from '@gatehouse/contract/operation'
import { z } from 'zod'
import type { Site } from '../http/serve.ts'
import { answerOAuthError, serveForm } from '../http/serve-form.ts'
import { authenticateClient } from './authenticate-client.ts'
import { introspectToken } from './introspect-token.ts'
import { issueToken } from './issue-token.ts'
import { revokeClientToken } from './revoke-client-token.ts'
import { serverMetadata } from './server-metadata.ts'

/** OAuth 2.0 for client applications: forms in place of signed JSON, and errors in the words of the standard. */
export function serveOAuth({ http, house }: Site, tools: Parameters<typeof issueToken>[0]): void {
  const { policy } = tools
  const issuer = house.publicUrl
  http.get('/.well-known/oauth-authorization-server', async () => serverMetadata(issuer))
  const known = { tokens: house.clientTokens, sessions: house.sessions, issuer }
  http.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    const form = { parseAs: 'buffer' } as const
    scope.addContentTypeParser('application/x-www-form-urlencoded', form, (_request, body, done) => done(null, body))
    scope.setErrorHandler((error, request, reply) => answerOAuthError(house, error, request, reply))
    const authenticate = authenticateClient({ policy, issuer })
    serveForm(scope, house, authenticate, endpoint('token', 'auth'), issueToken(tools))
    serveForm(scope, house, authenticate, endpoint('introspect', 'validate'), introspectToken(known))
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
