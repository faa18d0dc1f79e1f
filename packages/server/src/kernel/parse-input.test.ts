import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { type Operation, pathParameters } from '@gatehouse/contract/operation'
import { z } from 'zod'
import { Fault } from './fault.ts'
import { parseInput } from './parse-input.ts'

const Form = z.strictObject({
  name: z.string().max(5),
  'a/b~c': z.number().optional(),
  end_user: z.strictObject({ ips: z.array(z.ipv4()) }).optional(),
  role: z.string().default('user'),
})

function faultOf(input: unknown, schema: z.ZodType = Form): Fault {
  try {
    parseInput(schema, input)
  } catch (error) {
    assert.ok(error instanceof Fault, String(error))
    return error
  }
  return assert.fail(`accepted: ${JSON.stringify(input)}`)
}

const pointersOf = (input: unknown) => faultOf(input).options.errors?.map(({ pointer }) => pointer)

test('input that fits comes back parsed, with its defaults', () => {
  assert.deepEqual(parseInput(Form, { name: 'Ada' }), { name: 'Ada', role: 'user' })
})

test('every wrong place is named by a JSON pointer (RFC 6901)', () => {
  const fault = faultOf({ name: 'too long', 'a/b~c': 'x', end_user: { ips: ['10.0.0.1', 'x'] } })
  assert.equal(fault.code, 'invalid_request')
  assert.deepEqual(
    fault.options.errors?.map(({ pointer }) => pointer),
    ['/name', '/a~1b~0c', '/end_user/ips/1'],
  )
  assert.deepEqual(pointersOf('no object'), [''])
})

test('a field too many is a problem of its own, unless something else is wrong too', () => {
  assert.equal(faultOf({ name: 'Ada', admin: true }).code, 'unknown_parameter')
  assert.equal(faultOf({ name: 1, admin: true }).code, 'invalid_request')
  assert.deepEqual(pointersOf({ name: 'Ada', end_user: { ips: [], 'x/y~z': 1 } }), ['/end_user/x~1y~0z'])
})

test('a thousand wrong places make a short answer', () => {
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${'x'.repeat(1000)}${index}`, 1]))
  for (const input of [
    { ...many, name: 1 },
    { name: 'Ada', end_user: { ips: Array(1000).fill('x') } },
  ]) {
    const { errors = [] } = faultOf(input).options
    assert.ok(errors.length > 1 && errors.length <= 20, `${errors.length}`)
    assert.ok(JSON.stringify(errors).length < 2000)
  }
})

const canary = 'canary-b7f3'
const wrongValues = [
  canary,
  [canary],
  { [canary]: canary },
  { a: { b: [canary] } },
  null,
  true,
  -0,
  Number.POSITIVE_INFINITY,
  Number.NaN,
]

function partsOf(operation: Operation): string[] {
  return Object.keys(operation.input.shape)
}

test('190: a wrong type in any field of any operation is refused, with the place named and the value not', () => {
  let refused = 0
  for (const operation of everyOperation) {
    for (const field of partsOf(operation)) {
      for (const value of wrongValues) {
        const parsed = operation.input.safeParse({ [field]: value })
        if (!parsed.error?.issues.some(({ path }) => path[0] === field)) continue
        const said = JSON.stringify(faultOf({ [field]: value }, operation.input).options)
        assert.ok(said.includes(`"/${field}`), `${operation.id} ${field}`)
        assert.ok(!said.replaceAll(`/${field}/${canary}`, '').includes(canary), `${operation.id} ${field}: ${said}`)
        refused++
      }
    }
  }
  assert.ok(refused > 400, `${refused}`)
})

test('191: a name that reaches for a prototype is a field too many in every operation, and changes nothing', () => {
  for (const operation of everyOperation) {
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      const hostile = JSON.parse(`{"${name}": {"isAdmin": true}}`)
      const { errors = [] } = faultOf(hostile, operation.input).options
      assert.ok(
        errors.some(({ pointer, code }) => pointer === `/${name}` && code === 'unrecognized_keys'),
        `${operation.id} ${name}`,
      )
    }
    assert.ok(pathParameters(operation.path).every((name) => name in operation.input.shape))
  }
  assert.equal(Reflect.get({}, 'isAdmin'), undefined)
})
