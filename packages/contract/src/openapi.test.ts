import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { everyOperation } from './every-operation.ts'
import { openApiDocument } from './openapi.ts'
import { type Operation, pathParameters, takesIdempotencyKey } from './operation.ts'
import { clientSchemes } from './signature-scheme.ts'

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  schema: object
}
interface Described {
  operationId: string
  summary: string
  tags: string[]
  parameters: Parameter[]
  requestBody?: { required: boolean; content: Record<string, { schema: { properties: object; required: string[] } }> }
  responses: Record<string, { description: string; content: Record<string, { schema: object }> }>
}
interface Document {
  tags: { name: string }[]
  security: Record<string, []>[]
  paths: Record<string, Record<string, Described>>
  components: Record<'schemas' | 'securitySchemes', Record<string, object>>
}

const made = openApiDocument('http://localhost:4100')
const document = structuredClone(made) as unknown as Document
const text = JSON.stringify(document)
const all: readonly Operation[] = everyOperation

function describedAs({ path, method }: Operation): Described {
  return document.paths[path]?.[method.toLowerCase()] ?? assert.fail(`${method} ${path} is missing`)
}

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  assert.deepEqual(await validator.validate(structuredClone(made)), { valid: true })
  assert.equal(validator.version, '3.1')
})

test('every operation is in the document, and nothing else is', () => {
  const described = Object.values(document.paths).flatMap((path) => Object.values(path))
  assert.deepEqual(described.map(({ operationId }) => operationId).toSorted(), all.map(({ id }) => id).toSorted())
  for (const operation of all) assert.equal(describedAs(operation).operationId, operation.id)
})

test('every operation has a summary, one known tag, one success and its refusals', () => {
  const tags = document.tags.map(({ name }) => name)
  assert.equal(new Set(tags).size, tags.length)
  for (const operation of all) {
    const { summary, tags: own, responses } = describedAs(operation)
    assert.ok(summary.length > 0, operation.id)
    assert.ok(own.length === 1 && tags.includes(own[0] ?? ''), operation.id)
    const statuses = Object.keys(responses)
    assert.deepEqual(
      statuses.filter((status) => status.startsWith('2')),
      [String(operation.status)],
    )
    assert.ok(statuses.includes('400') && statuses.includes('401') && statuses.includes('403'), operation.id)
    for (const [status, { description, content }] of Object.entries(responses)) {
      const types = status.startsWith('2') ? (operation.media ?? ['application/json']) : ['application/problem+json']
      assert.deepEqual(Object.keys(content), types, `${operation.id} ${status}`)
      assert.ok(description.length > 0)
    }
    for (const code of operation.problems) assert.ok(JSON.stringify(responses).includes(`\`${code}\``), code)
  }
})

test('each field of an input stands in one place: path, query or body', () => {
  for (const operation of all) {
    const { parameters, requestBody } = describedAs(operation)
    const { properties = {}, required = [] } = requestBody?.content['application/json']?.schema ?? {}
    const inPath = parameters.filter((parameter) => parameter.in === 'path')
    assert.deepEqual(
      inPath.map(({ name }) => name),
      pathParameters(operation.path),
    )
    assert.ok(inPath.every((parameter) => parameter.required))
    const [key] = parameters.filter((parameter) => parameter.in === 'header')
    assert.equal(key?.name, takesIdempotencyKey(operation) ? 'Idempotency-Key' : undefined, operation.id)
    const fields = parameters.filter((parameter) => parameter !== key).map(({ name }) => name)
    const places = [...fields, ...Object.keys(properties)]
    assert.deepEqual(places.toSorted(), Object.keys(operation.input.shape).toSorted(), operation.id)
    assert.equal(requestBody === undefined, operation.method === 'GET', operation.id)
    for (const name of places) {
      const isRequired = required.includes(name) || parameters.some((one) => one.name === name && one.required)
      assert.equal(isRequired, !operation.input.shape[name]?.safeParse(undefined).success, `${operation.id} ${name}`)
    }
  }
})

test('every reference leads somewhere, and every component is referred to', () => {
  const references = new Set([...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference ?? ''))
  const schemas = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)
  assert.deepEqual([...references].toSorted(), schemas.toSorted())
  assert.ok(!text.includes('$defs'))
})

test('a call is signed in one of three ways or shows a token, and each header of them is described', () => {
  const used = new Set(document.security.flatMap((way) => Object.keys(way)))
  assert.deepEqual([...used, 'accessToken'].toSorted(), Object.keys(document.components.securitySchemes).toSorted())
  assert.equal(document.security.length, clientSchemes.length)
})

test('the document names the server that it was made for', () => {
  assert.deepEqual(openApiDocument('https://auth.example.test')['servers'], [{ url: 'https://auth.example.test' }])
})
