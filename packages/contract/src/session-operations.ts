import { z } from 'zod'
import { EndUser, idOf, Nonce, text } from './fields.ts'
import { operation } from './operation.ts'
import { Authenticated, Session } from './resources.ts'

const nothing = z.strictObject({})
const userId = { id: idOf('usr') }

export const logout = operation({
  id: 'logout',
  summary: 'End the session of an access token',
  method: 'POST',
  path: '/v1/auth/logout',
  caller: 'client',
  scope: 'auth',
  rate: 'auth',
  status: 200,
  input: z.strictObject({ ...Nonce, token: z.string().max(4096), end_user: EndUser.optional() }),
  output: nothing,
  problems: ['token_invalid'],
})

export const refreshSession = operation({
  id: 'refreshSession',
  summary: 'The next access token, and the next refresh token in place of the one that is spent',
  method: 'POST',
  path: '/v1/auth/refresh',
  caller: 'client',
  scope: 'auth',
  rate: 'validate',
  status: 200,
  input: z.strictObject({ ...Nonce, refresh_token: z.string().max(4096), end_user: EndUser.optional() }),
  output: Authenticated,
  problems: ['token_invalid'],
})

export const listSessions = operation({
  id: 'listSessions',
  summary: 'List the sessions of a user that are alive, newest first',
  method: 'GET',
  path: '/v1/users/{id}/sessions',
  caller: 'client',
  scope: 'users:read',
  rate: 'users',
  status: 200,
  input: z.strictObject(userId),
  output: z.object({ data: z.array(Session) }),
  problems: ['not_found'],
})

export const endSessions = operation({
  id: 'endSessions',
  summary: 'End all sessions of a user',
  method: 'DELETE',
  path: '/v1/users/{id}/sessions',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, ...userId, reason: text(500).optional() }),
  output: nothing,
  problems: ['not_found'],
})

export const endSession = operation({
  id: 'endSession',
  summary: 'End one session',
  method: 'DELETE',
  path: '/v1/sessions/{id}',
  caller: 'client',
  scope: 'users:write',
  rate: 'users',
  status: 200,
  input: z.strictObject({ ...Nonce, id: idOf('ses'), reason: text(500).optional() }),
  output: nothing,
  problems: ['not_found'],
})

export const sessionOperations = [logout, refreshSession, listSessions, endSessions, endSession] as const
