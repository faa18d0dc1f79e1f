import { z } from 'zod'
import { ClientSlug, idOf, Nonce, Page, pageOf, RedirectUri, text } from './fields.ts'
import { operation, scopes } from './operation.ts'
import { policy } from './policy.ts'
import { PublicKey } from './public-key.ts'
import { Client, ClientSecret, IssuedSecret, RateLimits } from './resources.ts'
import { clientSchemes } from './signature-scheme.ts'

const clientId = { id: idOf('cli') }
const reason = text(500)

function isWithoutTwins(list: readonly string[]): boolean {
  return new Set(list).size === list.length
}
const noTwins = { message: 'must not name one thing twice' }

const Allow = z
  .array(text(64))
  .min(1)
  .max(100)
  .meta({ description: 'Addresses and networks that may call (10.0.0.0/8), or the word any' })
const Scopes = z.array(z.enum(scopes)).max(scopes.length).refine(isWithoutTwins, noTwins)
const Schemes = z.array(z.enum(clientSchemes)).min(1).max(clientSchemes.length).refine(isWithoutTwins, noTwins)
const PublicKeys = z
  .array(PublicKey)
  .max(4)
  .meta({ description: 'Keys that sign its client assertions (RFC 7523), in place of its secret' })

const RedirectUris = z
  .array(RedirectUri)
  .max(20)
  .refine(isWithoutTwins, noTwins)
  .meta({ description: 'Where browsers come back to from the hosted sign-in; none: the client does not use it' })

export const createClient = operation({
  id: 'createClient',
  summary: 'Create a client application with its first secret, which is shown this once',
  method: 'POST',
  path: '/v1/clients',
  caller: 'client',
  scope: 'clients:write',
  rate: 'other',
  status: 201,
  input: z.strictObject({
    ...Nonce,
    slug: ClientSlug,
    name: text(200).optional(),
    allow: Allow,
    scopes: Scopes,
    schemes: Schemes.default(['v2', 'rfc9421']),
    public_keys: PublicKeys.default([]),
    redirect_uris: RedirectUris.default([]),
    numeric_sub: z.boolean().default(false),
    local_verification: z.boolean().default(false),
    limits: RateLimits.default({}),
  }),
  output: z.object({ client: Client, secret: IssuedSecret }),
  problems: ['client_slug_taken', 'client_outranks_caller'],
})

export const getClient = operation({
  id: 'getClient',
  summary: 'Read a client application. A client may read itself',
  method: 'GET',
  path: '/v1/clients/{id}',
  caller: 'client',
  scope: 'clients:read',
  selfService: true,
  rate: 'other',
  status: 200,
  input: z.strictObject(clientId),
  output: Client,
  problems: ['not_found'],
})

export const listClients = operation({
  id: 'listClients',
  summary: 'List client applications, newest first',
  method: 'GET',
  path: '/v1/clients',
  caller: 'client',
  scope: 'clients:read',
  rate: 'other',
  status: 200,
  input: z.strictObject(Page),
  output: pageOf(Client),
  problems: [],
})

export const changeClient = operation({
  id: 'changeClient',
  summary: 'Change a client application. What is given takes the place of what was there',
  method: 'PATCH',
  path: '/v1/clients/{id}',
  caller: 'client',
  scope: 'clients:write',
  rate: 'other',
  status: 200,
  input: z.strictObject({
    ...Nonce,
    ...clientId,
    name: text(200).optional(),
    allow: Allow.optional(),
    scopes: Scopes.optional(),
    schemes: Schemes.optional(),
    public_keys: PublicKeys.optional(),
    redirect_uris: RedirectUris.optional(),
    numeric_sub: z.boolean().optional(),
    local_verification: z.boolean().optional(),
    limits: RateLimits.optional(),
  }),
  output: Client,
  problems: ['not_found', 'client_outranks_caller', 'scheme_downgrade', 'version_conflict'],
})

export const disableClient = operation({
  id: 'disableClient',
  summary: 'Refuse everything that a client application sends from now on',
  method: 'POST',
  path: '/v1/clients/{id}/disable',
  caller: 'client',
  scope: 'clients:write',
  rate: 'other',
  status: 200,
  input: z.strictObject({ ...Nonce, ...clientId, reason }),
  output: Client,
  problems: ['not_found', 'client_outranks_caller', 'version_conflict'],
})

export const enableClient = operation({
  id: 'enableClient',
  summary: 'Let a disabled client application call again',
  method: 'POST',
  path: '/v1/clients/{id}/enable',
  caller: 'client',
  scope: 'clients:write',
  rate: 'other',
  status: 200,
  input: z.strictObject({ ...Nonce, ...clientId, reason }),
  output: Client,
  problems: ['not_found', 'client_outranks_caller', 'version_conflict'],
})

export const listClientSecrets = operation({
  id: 'listClientSecrets',
  summary: 'List the live secrets of a client application, newest first. A client may list its own',
  method: 'GET',
  path: '/v1/clients/{id}/secrets',
  caller: 'client',
  scope: 'clients:read',
  selfService: true,
  rate: 'other',
  status: 200,
  input: z.strictObject(clientId),
  output: z.object({ data: z.array(ClientSecret) }),
  problems: ['not_found'],
})

export const rotateClientSecret = operation({
  id: 'rotateClientSecret',
  summary: 'Give a client application a new secret, shown this once; the old one ends after the overlap',
  method: 'POST',
  path: '/v1/clients/{id}/secrets',
  caller: 'client',
  scope: 'clients:write',
  selfService: true,
  rate: 'other',
  status: 201,
  input: z.strictObject({
    ...Nonce,
    ...clientId,
    overlap_seconds: z
      .number()
      .int()
      .min(0)
      .max(policy.secretOverlapSeconds.max)
      .optional()
      .meta({ description: 'How long the old secret goes on working; 7 days unless it is said' }),
  }),
  output: z.object({ secret: IssuedSecret, old: ClientSecret.nullable() }),
  problems: ['not_found', 'client_outranks_caller', 'secret_overlap', 'version_conflict'],
})

export const revokeClientSecret = operation({
  id: 'revokeClientSecret',
  summary: 'End a secret at once. Without the newer of two, the older one stays for good',
  method: 'DELETE',
  path: '/v1/clients/{id}/secrets/{secret_id}',
  caller: 'client',
  scope: 'clients:write',
  selfService: true,
  rate: 'other',
  status: 200,
  input: z.strictObject({ ...Nonce, ...clientId, secret_id: idOf('sec') }),
  output: z.strictObject({}),
  problems: ['not_found', 'client_outranks_caller', 'secret_is_last', 'secret_in_use', 'version_conflict'],
})

export const clientOperations = [
  createClient,
  getClient,
  listClients,
  changeClient,
  disableClient,
  enableClient,
  listClientSecrets,
  rotateClientSecret,
  revokeClientSecret,
] as const
