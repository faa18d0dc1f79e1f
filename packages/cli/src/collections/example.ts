/** What of a JSON Schema is looked at. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minItems?: number
  readonly minimum?: number
}

const ofFormat: Readonly<Record<string, string>> = {
  email: 'ada@example.org',
  ipv4: '203.0.113.7',
  password: 'a few unrelated words',
  'date-time': '2030-01-01T00:00:00.000Z',
}

/** The least that a schema asks for: a body to begin with. Empty text is what the person has to fill in. */
export function exampleOf(schema: Schema, named: Readonly<Record<string, Schema>>): unknown {
  const found = schema.$ref === undefined ? undefined : named[schema.$ref.split('/').at(-1) ?? '']
  if (found) return exampleOf(found, named)
  const given = [schema.const, schema.examples?.[0], schema.default, schema.enum?.[0]].find(
    (each) => each !== undefined,
  )
  if (given !== undefined) return given
  const [part] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []
  if (part) return exampleOf(part, named)
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      const { properties = {}, required = [] } = schema
      const wanted = Object.entries(properties).filter(([name]) => required.includes(name))
      return Object.fromEntries(wanted.map(([name, each]) => [name, exampleOf(each, named)]))
    }
    case 'array':
      return schema.minItems && schema.items ? [exampleOf(schema.items, named)] : []
    case 'integer':
    case 'number':
      return schema.minimum ?? 0
    case 'boolean':
      return false
    case 'string':
      return ofFormat[schema.format ?? ''] ?? ''
    default:
      return null
  }
}
