import { parse } from 'node:querystring'

/** What stands at the end of the way that a request asks for, and what it has said on it. */
export interface Found<End> {
  readonly end: End
  readonly parameters: Readonly<Record<string, string>>
  /** As it was written, without its question mark. */
  readonly query: string
}

/** The ways to operations. Each has one spelling: what is written another way leads nowhere, for a proxy may read it differently. */
export interface Routes<End> {
  /** `path` as the contract has it: `/v1/users/{id}`. */
  add(method: string, path: string, end: End): void
  /** `target` as it stands in the request line. */
  find(method: string, target: string): Found<End> | undefined
  /** The methods by which something is found there. */
  methodsOf(target: string): readonly string[]
}

interface Way<End> {
  readonly method: string
  readonly segments: readonly string[]
  readonly end: End
}

/** Many times the length of our ids. */
const longestParameter = 64
const nothing = Object.freeze({})

export function openRoutes<End>(): Routes<End> {
  /** Those without parameters, by method and path. */
  const plain = new Map<string, Map<string, Found<End>>>()
  /** The others, by method and number of segments. */
  const shaped = new Map<string, Way<End>[]>()
  const shapeOf = (method: string, segments: readonly string[]) => `${method} ${segments.length}`

  function find(method: string, target: string): Found<End> | undefined {
    const found = plain.get(method)?.get(target)
    if (found) return found
    const start = target.indexOf('?')
    if (start >= 0) {
      const rest = find(method, target.slice(0, start))
      return rest && { end: rest.end, parameters: rest.parameters, query: target.slice(start + 1) }
    }
    const said = target.split('/')
    for (const way of shaped.get(shapeOf(method, said)) ?? []) {
      if (!fits(way.segments, said)) continue
      const parameters = readParameters(way.segments, said)
      return parameters && { end: way.end, parameters, query: '' }
    }
    return undefined
  }

  return {
    add(method, path, end) {
      const segments = path.split('/')
      if (segments.some(isParameter)) {
        const shape = shapeOf(method, segments)
        shaped.set(shape, [...(shaped.get(shape) ?? []), { method, segments, end }])
        return
      }
      const paths = plain.get(method) ?? new Map<string, Found<End>>()
      plain.set(method, paths.set(path, { end, parameters: nothing, query: '' }))
    },
    find,
    methodsOf(target) {
      const methods = new Set([...plain.keys(), ...[...shaped.values()].flat().map(({ method }) => method)])
      return [...methods].filter((method) => find(method, target) !== undefined)
    },
  }
}

/** All of it, and a name that stands twice with both values. Whoever may be refused before need not wait for it. */
export function parseQuery(query: string): Readonly<Record<string, unknown>> {
  return parse(query, undefined, undefined, { maxKeys: 0 })
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{')
}

function fits(segments: readonly string[], said: readonly string[]): boolean {
  return segments.every((segment, i) => segment === said[i] || (isParameter(segment) && said[i] !== ''))
}

/** Undefined when one of them is none. */
function readParameters(segments: readonly string[], said: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {}
  for (const [i, segment] of segments.entries()) {
    if (!isParameter(segment)) continue
    const value = decode(said[i] ?? '')
    if (value === undefined || value.length > longestParameter) return undefined
    parameters[segment.slice(1, -1)] = value
  }
  return parameters
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
