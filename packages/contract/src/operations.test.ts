import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { administratorRoles, duties, dutyOf } from './administration.ts'
import { everyOperation } from './every-operation.ts'
import { pathParameters, problemsOfEveryOperation, type RateClass, scopes } from './operation.ts'
import { problems } from './problems.ts'

const all = everyOperation.filter(({ caller }) => caller === 'client')
const rateClasses: readonly RateClass[] = ['auth', 'validate', 'users', 'other']

test('no two operations have one id, or one method and path', () => {
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length)
  const places = all.map(({ method, path }) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`)
  assert.equal(new Set(places).size, all.length)
})

test('the parameters of a path are required text of the input', () => {
  for (const { id, path, input } of all) {
    for (const name of pathParameters(path)) {
      const field = input.shape[name]
      assert.ok(field, `${id} lacks ${name}`)
      assert.equal(field.safeParse(undefined).success, false, `${id} ${name} may be absent`)
      assert.equal(field.safeParse('../x').success, false, `${id} ${name} may be anything`)
    }
  }
})

test('the parameters of a path are the names in braces', () => {
  assert.deepEqual(pathParameters('/v1/users/{id}/factors/{factor_id}'), ['id', 'factor_id'])
  assert.deepEqual(pathParameters('/v1/users'), [])
})

test('157: no operation takes a field that it does not know', () => {
  for (const { id, input } of all) {
    for (const field of ['tenant_id', 'password_hash', 'is_admin', 'created_at', 'verified']) {
      const issues = input.safeParse({ [field]: 'x' }).error?.issues ?? []
      assert.ok(
        issues.some((issue) => issue.code === 'unrecognized_keys' && issue.keys.includes(field)),
        `${id} ${field}`,
      )
    }
  }
})

test('every operation says who may call it, with which scope, and on which budget', () => {
  for (const { id, caller, scope, rate, summary } of all) {
    assert.equal(caller, 'client', id)
    assert.ok(
      scopes.some((each) => each === scope),
      id,
    )
    assert.ok(rateClasses.includes(rate), id)
    assert.match(summary, /^[A-Z].*[^.]$/, id)
  }
  assert.deepEqual(new Set(all.map(({ scope }) => scope)), new Set(scopes))
})

test('only what changes nothing is a GET', () => {
  for (const { id, method, scope } of all) {
    assert.equal(method === 'GET', /^(get|list|export|follow)/.test(id), id)
    // What was sent to people in a test tenant may be read by those who may change them.
    if (method === 'GET' && id !== 'listTestMessages') assert.match(scope, /:read$|^tokens$/, id)
  }
})

test('008: every body can be told from its twin by a nonce, and only a body has one', () => {
  for (const { id, method, input } of all) assert.equal('nonce' in input.shape, method !== 'GET', id)
})

test('every refusal is in the list of problems and named once', () => {
  for (const { id, problems: named } of all) {
    const both = [...named, ...problemsOfEveryOperation]
    assert.equal(new Set(both).size, both.length, id)
    for (const code of both) assert.ok(code in problems, `${id} ${code}`)
  }
})

test('who is named by id may not be there: an operation on one thing can say so', () => {
  for (const { id, path, problems: named } of all) {
    const answers = ['not_found', 'challenge_expired'] as const
    // Kinds and languages are words of the contract: another one is no input.
    const ids = pathParameters(path).filter((name) => name !== 'kind' && name !== 'language')
    assert.equal(
      ids.length > 0,
      answers.some((code) => named.includes(code)),
      id,
    )
  }
})

test('no text of an input is without a bound', () => {
  /** Places of JSON Schema that take text of any length. */
  const unbounded = (schema: unknown, at: string): string[] => {
    if (typeof schema !== 'object' || schema === null) return []
    const { type, maxLength, pattern, format } = schema as Record<string, unknown>
    const isText = type === 'string' && !('enum' in schema) && !('const' in schema)
    const here = isText && maxLength === undefined && pattern === undefined && format === undefined ? [at] : []
    return [...here, ...Object.entries(schema).flatMap(([name, part]) => unbounded(part, `${at}/${name}`))]
  }
  for (const { id, input } of all) assert.deepEqual(unbounded(z.toJSONSchema(input, { io: 'input' }), id), [])
})

test('153: every operation that asks who calls says which administrators may call it, and no other is named', () => {
  const asked = everyOperation.filter(({ caller }) => caller === 'client' || caller === 'admin')
  assert.deepEqual(Object.keys(duties).toSorted(), asked.map(({ id }) => id).toSorted())
  // Nothing that changes something is for who only reads, and nothing is for a role that the owner does not have.
  for (const { id, method } of asked) {
    const { roles } = dutyOf(id)
    const isRead = method === 'GET' || ['previewTemplate', 'simulatePolicy', 'proveAdministrator'].includes(id)
    assert.ok(!roles.includes('auditor') || isRead, id)
    assert.ok(roles.length === 0 || roles.includes('owner'), id)
    assert.deepEqual(
      roles,
      administratorRoles.filter((role) => roles.includes(role)),
      id,
    )
  }
})

test('156: what changes a person, a secret, a rule or an administrator demands a fresh proof and a reason', () => {
  const free = [
    'proveAdministrator',
    'createUser',
    'acknowledgeAlert',
    'resolveAlert',
    'previewTemplate',
    'simulatePolicy',
  ]
  const deliveries = ['testWebhookEndpoint', 'replayWebhookEndpoint', 'replayWebhookDelivery']
  for (const { id, method } of everyOperation) {
    const { roles, sensitive } = dutyOf(id)
    if (roles.length === 0) continue
    const isFree = method === 'GET' ? id !== 'exportAuditEvents' : [...free, ...deliveries].includes(id)
    assert.equal(sensitive === true, !isFree, id)
  }
})
