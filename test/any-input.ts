import { type Operation, pathParameters } from '@gatehouse/contract/operation'
import fc from 'fast-check'

/** What an operation may be asked, and how it travels. */
export type Input = Readonly<Record<string, unknown>>

/** What exists on a server: values that fit somewhere. It grows while the server is asked. */
export interface Known {
  /** Ids by their prefix. */
  readonly ids: Map<string, string[]>
  /** Other values, by the name of the field. */
  readonly values: Map<string, unknown[]>
}

type Schema = Extract<NonNullable<ReturnType<Operation['input']['toJSONSchema']>['not']>, object>

const idForm = /^([a-z]{3})_[0-9a-hjkmnp-tv-z]{26}$/
/** How the contract writes the form of an id. */
const idPattern = /^\^\(?([a-z]{3})\)?_\[0-9a-hjkmnp-tv-z\]\{26\}\$$/

/** Remembers the ids of an answer, and of its texts those that an operation may be asked with. */
export function learn(known: Known, value: unknown, name = ''): void {
  if (Array.isArray(value)) for (const each of value) learn(known, each, name)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) learn(known, each, key)
  } else if (typeof value === 'string') {
    const [, prefix] = idForm.exec(value) ?? []
    if (prefix) add(known.ids, prefix, value)
    else if (name === 'next_cursor') add(known.values, 'cursor', value)
    else if (name === 'access_token') add(known.values, 'token', value)
    else if (name === 'device_token' || name === 'refresh_token') add(known.values, name, value)
  }
}

function add<Value>(pool: Map<string, Value[]>, key: string, value: Value): void {
  const values = pool.get(key) ?? []
  if (!values.includes(value)) pool.set(key, [...values, value].slice(-10))
}

/** An input as the contract describes it, where possible with what exists. */
export function fittingInput(operation: Operation, known: Known): fc.Arbitrary<Input> {
  const schema = operation.input.toJSONSchema({ io: 'input' })
  return fitting(schema, '', known).filter((input) => operation.input.safeParse(input).success) as fc.Arbitrary<Input>
}

/** Inputs as they come to mind first: nothing in them that may be left out, where that makes sense. */
export function likelyInputs(operation: Operation, known: Known): readonly Input[] {
  const { required = [] } = operation.input.toJSONSchema({ io: 'input' })
  return fc.sample(fittingInput(operation, known), { numRuns: 40, seed: 1 }).map((input) => {
    const bare = Object.fromEntries(Object.entries(input).filter(([name]) => required.includes(name)))
    return operation.input.safeParse(bare).success ? bare : input
  })
}

function fitting(schema: Schema | boolean, name: string, known: Known): fc.Arbitrary<unknown> {
  if (typeof schema === 'boolean') return fc.jsonValue({ maxDepth: 2 })
  const values = known.values.get(name) ?? []
  const made = fittingAnew(schema, name, known)
  return values.length === 0
    ? made
    : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: made })
}

function fittingAnew(schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  const { minimum = -1e6, maximum = 1e6 } = schema
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fc.oneof(...choices.map((each) => fitting(each, name, known)))
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if ('const' in schema) return fc.constant(schema.const)
  switch (schema.type) {
    case 'string':
      return fittingText(schema, known)
    case 'integer':
      return fc.integer({ min: Math.max(minimum, -1e6), max: Math.min(maximum, 1e6) })
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(fitting((schema.items as Schema | undefined) ?? true, name, known), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? 3, 3)),
      })
    case 'object':
      return fittingObject(schema, known)
    default:
      return fc.jsonValue({ maxDepth: 2 })
  }
}

function fittingObject(schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const fields = Object.entries(schema.properties ?? {}).map(([name, each]) => [name, fitting(each, name, known)])
  if (fields.length > 0) {
    return fc.record(Object.fromEntries(fields), { requiredKeys: (schema.required ?? []) as never[] })
  }
  const rest = schema.additionalProperties
  return rest === undefined || rest === false
    ? fc.constant({})
    : fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fitting(rest, '', known), { maxKeys: 3 })
}

function fittingText(schema: Schema, known: Known): fc.Arbitrary<string> {
  const { pattern, format, minLength = 0, maxLength = 60 } = schema
  const [, prefix = ''] = idPattern.exec(pattern ?? '') ?? []
  const ids = known.ids.get(prefix) ?? []
  if (ids.length > 0) return fc.constantFrom(...ids)
  if (format === 'email') return fc.emailAddress({ size: '-1' })
  if (format === 'ipv4') return fc.ipV4()
  if (format === 'ipv6') return fc.ipV6()
  if (format === 'uri') return fc.webUrl({ validSchemes: ['https'] })
  if (format === 'date-time') {
    return fc
      .date({ min: new Date(0), max: new Date('2099-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString())
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { size: '-1' })
  return fc.string({ unit: 'grapheme', minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)) })
}

/** Whatever a program that is broken or hostile might send in place of a value. */
export const noise: fc.Arbitrary<unknown> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__', '../..', '%2e', "' OR 1=1 --", '1e400', 'NaN', 'x'.repeat(5000)),
  fc.constantFrom(null, true, -1, 0, 1e308, [], {}, [[]], { $ne: null }, { length: 1e9 }),
  fc.double(),
  fc.maxSafeInteger(),
  fc.jsonValue({ maxDepth: 3 }),
)

/** A fitting input with one field spoiled, missing or too many. */
export function spoiledInput(operation: Operation, known: Known): fc.Arbitrary<Input> {
  const names = Object.keys(operation.input.shape)
  const mayMiss = names.filter((name) => !pathParameters(operation.path).includes(name))
  const spoilers: fc.Arbitrary<(input: Input) => Input>[] = [
    fc.tuple(fc.string(), noise).map(([name, value]) => (input) => ({ ...input, [name]: value })),
  ]
  if (names.length > 0) {
    spoilers.push(
      fc.tuple(fc.constantFrom(...names), noise).map(([name, value]) => (input) => ({ ...input, [name]: value })),
    )
  }
  if (mayMiss.length > 0) {
    spoilers.push(
      fc.constantFrom(...mayMiss).map((name) => (input) => {
        const { [name]: _, ...rest } = input
        return rest
      }),
    )
  }
  return fc.tuple(fittingInput(operation, known), fc.oneof(...spoilers)).map(([input, spoil]) => spoil(input))
}

/** What a program that is careless about types would put into an address. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : (JSON.stringify(value) ?? '')
}

/** How an input travels: parameters of the path, and the query or the body. */
export function requestOf({ method, path }: Pick<Operation, 'method' | 'path'>, input: Input) {
  const rest = { ...input }
  const filled = path.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(textOf(value))
  })
  if (method !== 'GET') return { method, path: filled, body: JSON.stringify(rest) }
  const given = Object.entries(rest).filter(([, value]) => value !== undefined)
  const query = new URLSearchParams(given.map(([name, value]) => [name.toWellFormed(), textOf(value)]))
  return { method, path: query.size > 0 ? `${filled}?${query}` : filled }
}
