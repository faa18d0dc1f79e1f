import { openApiDocument } from '@gatehouse/contract/openapi'
import { exampleOf, type Schema } from './example.ts'

/** One operation of the API, as a program for trying out APIs wants it. */
export interface SampleRequest {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly group: string
  readonly method: string
  /** With `:id` where a parameter stands. */
  readonly path: string
  readonly pathParameters: readonly string[]
  /** Those that may be left out are there and turned off. */
  readonly query: readonly { readonly name: string; readonly required: boolean; readonly value: string }[]
  /** Values name variables as `{{client_id}}`. */
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly body: string | undefined
}

/** What a person fills in before the first request, with what is right on their own machine. */
export const variables = {
  base_url: 'http://localhost:4100',
  client_id: '',
  client_secret: '',
  /** v1 or v2. */
  scheme: 'v1',
  /** For the operations of a person, with the token of their second factor. */
  access_token: '',
  session_token: '',
} as const

interface Described {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags: readonly string[]
  readonly security?: readonly Readonly<Record<string, unknown>>[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
}

/** Every operation of the OpenAPI document, once. */
export function sampleRequests(): readonly SampleRequest[] {
  const { paths, components, security } = openApiDocument('http://localhost:4100') as unknown as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
    readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
    readonly security: NonNullable<Described['security']>
  }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const parameters = operation.parameters ?? []
      const schema = operation.requestBody?.content['application/json'].schema
      return {
        id: operation.operationId,
        name: operation.summary,
        description: operation.description ?? '',
        group: operation.tags[0] ?? 'other',
        method: method.toUpperCase(),
        path: path.replace(/\{(\w+)\}/g, ':$1'),
        pathParameters: parameters.filter((each) => each.in === 'path').map(({ name }) => name),
        query: parameters
          .filter((each) => each.in === 'query')
          .map(({ name, required = false, schema: of }) => ({
            name,
            required,
            value: String(exampleOf(of, components.schemas) ?? ''),
          })),
        headers: [
          ...callerHeaders(operation.security ?? security),
          ...(schema ? [{ name: 'Content-Type', value: 'application/json' }] : []),
        ],
        body: schema ? JSON.stringify(exampleOf(schema, components.schemas), null, 2) : undefined,
      }
    }),
  )
}

function callerHeaders(security: NonNullable<Described['security']>): SampleRequest['headers'] {
  const [first = {}] = security
  if ('clientId' in first) return [{ name: 'X-Client-Id', value: '{{client_id}}' }]
  if (!('accessToken' in first)) return []
  return [
    { name: 'Authorization', value: 'Bearer {{access_token}}' },
    { name: 'X-Session-Token', value: '{{session_token}}' },
  ]
}
