import { z } from 'zod'
import { dutyOf } from './administration.ts'
import { everyOperation } from './every-operation.ts'
import { type Operation, pathParameters, problemsOf, scopes, takesIdempotencyKey } from './operation.ts'
import { type ProblemCode, problems } from './problems.ts'
import { CaptchaTask } from './resources.ts'

type Json = Record<string, unknown>

const problemSchema = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'code', 'request_id'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(problems) },
    hint: { type: 'string', description: 'What to do next' },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code'],
        properties: {
          pointer: { type: 'string', description: 'RFC 6901' },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
    retry_after_seconds: { type: 'integer' },
    server_time: { type: 'string', format: 'date-time' },
    captcha: { $ref: '#/components/schemas/CaptchaTask' },
  },
}

/** The ways to prove who calls, of which a request goes one: v1, v2, RFC 9421, and a token where that is allowed. */
const signing = [
  { clientId: [], timestamp: [], signature: [] },
  { clientId: [], timestamp: [], nonce: [], signatureV2: [] },
  { clientId: [], signatureInput: [], messageSignature: [] },
]

const security = [...signing, { clientToken: [] }]

const securitySchemes = {
  clientId: { type: 'apiKey', in: 'header', name: 'X-Client-Id', description: 'The slug of the client application' },
  timestamp: { type: 'apiKey', in: 'header', name: 'X-Timestamp', description: 'Unix seconds, at most 300 off' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Signature',
    description: 'v1: `sha256=` and the hex of HMAC-SHA256(secret, X-Timestamp + "." + raw body)',
  },
  nonce: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Nonce',
    description: '16 to 64 letters, digits, `_` and `-`, another one for each request',
  },
  signatureV2: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Signature',
    description:
      'v2: `v2=` and the hex of HMAC-SHA256(secret, lines joined by a line feed); the lines are `gatehouse-v2`, X-Client-Id, X-Timestamp, X-Nonce, method, Host in lower case, path with query, and the hex of the SHA-256 of the raw body',
  },
  signatureInput: {
    type: 'apiKey',
    in: 'header',
    name: 'Signature-Input',
    description:
      'RFC 9421, hmac-sha256: covers "@method" "@authority" "@path" "@query" "x-client-id" and, where there is a body, "content-digest" (RFC 9530); with created, nonce, keyid (the client id) and tag="gatehouse"',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    description:
      'The access token of a person. A second factor is proven by X-MFA-Token (a code, good once) or by X-Session-Token',
  },
  messageSignature: { type: 'apiKey', in: 'header', name: 'Signature', description: 'RFC 9421: the signature itself' },
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 8, maxLength: 255 },
  description: 'With the same key and the same input the request is carried out once, and answered alike for 24 hours',
}

function clientTokenOf(serverUrl: string): Json {
  const scopesByName = Object.fromEntries(scopes.filter((scope) => scope !== 'clients:write').map((name) => [name, '']))
  return {
    type: 'oauth2',
    description: 'For client applications that may (scheme `oauth`); see /.well-known/oauth-authorization-server',
    flows: { clientCredentials: { tokenUrl: `${serverUrl}/oauth/token`, scopes: scopesByName } },
  }
}

/** Whether a token does in place of a signature. */
function takesToken({ scope, signedOnly }: Operation): boolean {
  return scope !== 'clients:write' && !signedOnly
}

/** The API as OpenAPI 3.1, made from the operations: what is served and what is printed cannot differ. */
export function openApiDocument(serverUrl: string): Json {
  const schemas: Json = { Problem: problemSchema, CaptchaTask: schemaOf(CaptchaTask, 'output', {}) }
  const paths: Record<string, Json> = {}
  for (const operation of everyOperation) {
    const path = paths[operation.path] ?? {}
    path[operation.method.toLowerCase()] = describeOperation(operation, schemas)
    paths[operation.path] = path
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Gatehouse',
      version: '1',
      description: 'Sign-in and multi-factor authentication for applications.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    tags: [...new Set(everyOperation.map(tagOf))].map((name) => ({ name })),
    security,
    paths,
    components: { schemas, securitySchemes: { ...securitySchemes, clientToken: clientTokenOf(serverUrl) } },
  }
}

function tagOf(operation: Operation): string {
  return operation.path.split('/')[2] ?? ''
}

function describeOperation(operation: Operation, schemas: Json): Json {
  const input = schemaOf(operation.input, 'input', schemas)
  const properties = (input['properties'] ?? {}) as Record<string, Json>
  const required = (input['required'] ?? []) as string[]
  const inPath = pathParameters(operation.path)
  const others = Object.keys(properties).filter((name) => !inPath.includes(name))
  const parameter = (name: string, place: 'path' | 'query') => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: properties[name],
  })
  const reads = operation.method === 'GET'
  return {
    operationId: operation.id,
    summary: operation.summary,
    ...(operation.caller === 'user' || operation.caller === 'admin'
      ? { security: [{ accessToken: [] }] }
      : operation.caller === 'public'
        ? { security: [] }
        : { description: describeCallers(operation), ...(!takesToken(operation) && { security: signing }) }),
    tags: [tagOf(operation)],
    parameters: [
      ...inPath.map((name) => parameter(name, 'path')),
      ...(reads ? others.map((name) => parameter(name, 'query')) : []),
      ...(takesIdempotencyKey(operation) ? [idempotencyKey] : []),
    ],
    ...(reads
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: Object.fromEntries(others.map((name) => [name, properties[name]])),
                  required: required.filter((name) => others.includes(name)),
                  additionalProperties: false,
                },
              },
            },
          },
        }),
    responses: {
      [operation.status]: {
        description: 'Done',
        content: Object.fromEntries(
          (operation.media ?? ['application/json']).map((media) => [
            media,
            { schema: schemaOf(operation.output, 'output', schemas) },
          ]),
        ),
      },
      ...describeProblems(problemsOf(operation)),
    },
  }
}

/** What a client application needs, and which administrators may call it with their access token instead. */
function describeCallers({ id, scope }: Operation): string {
  const { roles, sensitive } = dutyOf(id)
  const asked = sensitive ? ', with a fresh second factor and a reason' : ''
  return `Scope: \`${scope}\`.${roles.length > 0 ? ` Administrators: ${roles.join(', ')}${asked}.` : ''}`
}

function describeProblems(codes: readonly ProblemCode[]): Json {
  const each = [...new Set(codes)]
  const statuses = [...new Set(each.map((code) => problems[code].status))].sort((a, b) => a - b)
  const describe = (code: ProblemCode) => `\`${code}\`: ${problems[code].title}`
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: each
          .filter((code) => problems[code].status === status)
          .map(describe)
          .join('. '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}

/** One schema as JSON Schema; parts that have a name of their own move to `schemas`. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const {
    $schema: _,
    $defs,
    ...own
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      delete jsonSchema.id
    },
  }) as Json
  for (const [name, definition] of Object.entries(($defs ?? {}) as Json)) schemas[name] = repoint(definition)
  return repoint(own) as Json
}

function repoint(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'))
}
