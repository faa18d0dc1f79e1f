import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRoutes } from './routes.ts'

function routesOf(...ways: readonly string[]) {
  const routes = openRoutes<string>()
  for (const way of ways) routes.add(...(way.split(' ') as [string, string]), way)
  return routes
}

const routes = routesOf(
  'GET /v1/users',
  'POST /v1/users',
  'GET /v1/users/{id}',
  'GET /v1/users/{id}/factors',
  'POST /v1/users/find',
  'DELETE /v1/clients/{id}/secrets/{secret_id}',
)

const found = (method: string, target: string) => {
  const { end, parameters, query } = routes.find(method, target) ?? {}
  return end && [end, { ...parameters }, query]
}

test('a way is found by its method and its path, with what stands in the place of each parameter', () => {
  assert.deepEqual(found('GET', '/v1/users'), ['GET /v1/users', {}, ''])
  assert.deepEqual(found('POST', '/v1/users'), ['POST /v1/users', {}, ''])
  assert.deepEqual(found('POST', '/v1/users/find'), ['POST /v1/users/find', {}, ''])
  assert.deepEqual(found('GET', '/v1/users/find'), ['GET /v1/users/{id}', { id: 'find' }, ''])
  assert.deepEqual(found('GET', '/v1/users/a%2Fb%20c/factors'), ['GET /v1/users/{id}/factors', { id: 'a/b c' }, ''])
  const parameters = { id: 'cli_1', secret_id: 'sec_2' }
  const [, removal] = found('DELETE', '/v1/clients/cli_1/secrets/sec_2') ?? []
  assert.deepEqual(removal, parameters)
})

test('what stands behind the first question mark is the query, as it was written', () => {
  assert.deepEqual(found('GET', '/v1/users?a=1&b=%2B+?a=2'), ['GET /v1/users', {}, 'a=1&b=%2B+?a=2'])
  assert.deepEqual(found('GET', '/v1/users?'), ['GET /v1/users', {}, ''])
  assert.deepEqual(found('GET', '/v1/users/u?__proto__=1'), ['GET /v1/users/{id}', { id: 'u' }, '__proto__=1'])
})

test('a path has one spelling', () => {
  const wrong = `/v1 /v1/users/ /V1/users //v1/users /v1//users /v1/%75sers /v1/users# /v1/users;a /v1/./users /v1/users/../users
    /v1/users/u/ /v1/users//factors /v1/users/u/%66actors /v1/users/%zz /v1/users/% /v1/users/${'a'.repeat(65)}`
  for (const path of wrong.split(/\s+/)) assert.equal(found('GET', path), undefined, path)
  for (const method of ['get', 'HEAD', 'PUT', '', 'constructor'])
    assert.equal(found(method, '/v1/users'), undefined, method)
  assert.equal(found('GET', `/v1/users/${'a'.repeat(64)}`)?.[0], 'GET /v1/users/{id}')
})

test('the methods that a path has are told', () => {
  assert.deepEqual(routes.methodsOf('/v1/users?x=1').toSorted(), ['GET', 'POST'])
  assert.deepEqual(routes.methodsOf('/v1/users/find').toSorted(), ['GET', 'POST'])
  assert.deepEqual(routes.methodsOf('/v1/clients/a/secrets/b'), ['DELETE'])
  assert.deepEqual(routes.methodsOf('/v1/nothing'), [])
})
