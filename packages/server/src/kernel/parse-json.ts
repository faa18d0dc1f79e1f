import { isUtf8 } from 'node:buffer'
import { Fault } from './fault.ts'

interface Bounds {
  readonly depth: number
  readonly names: number
}

/**
 * Reads JSON (RFC 8259) the strict way: UTF-8 without a byte order mark, no name twice in one object, no name that
 * reaches for a prototype, bounded depth and number of names.
 * @throws Fault `invalid_json`, which tells what is wrong and nothing of the content.
 */
export function parseJson(bytes: Uint8Array, bounds: Bounds): unknown {
  const text = viewOf(bytes).toString('utf8')
  // What is not UTF-8 becomes this character, which may also stand there by itself.
  if (text.includes('\ufffd') && !isUtf8(bytes)) throw invalid('It is not UTF-8.')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('It does not follow the grammar of JSON.')
  }
  const names = countNames(text, bounds)
  if (text.includes('\\')) value = readByToken(text)
  if (names !== countKept(value)) throw invalid('A name stands twice in one object.')
  return value
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]|[^\s",:[\]{}]+/g

/**
 * Reads text that is known to be valid JSON. V8 takes a name with an escape for another one that any earlier text has taught
 * it (nodejs/node#63785), so it is shown one name at a time.
 */
function readByToken(text: string): unknown {
  const tokens = text.match(token) ?? []
  let next = 0
  const read = (): unknown => {
    const first = tokens[next++] ?? ''
    if (first === '[') {
      const list: unknown[] = []
      while (tokens[next] !== ']') list.push(read())
      next++
      return list
    }
    if (first !== '{') return JSON.parse(first)
    const entries: [string, unknown][] = []
    while (tokens[next] !== '}') entries.push([JSON.parse(tokens[next++] ?? ''), read()])
    next++
    return Object.fromEntries(entries)
  }
  return read()
}

const quote = 0x22
const backslash = 0x5c

/**
 * Walks over text that is known to be valid JSON, where only strings, brackets and colons matter: a colon outside of a
 * string stands behind a name.
 * @returns how many names stand there
 */
function countNames(text: string, bounds: Bounds): number {
  let depth = 0
  let names = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > bounds.depth) throw invalid(`It nests deeper than ${bounds.depth} levels.`)
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth--
        break
      case 0x3a: // :
        if (++names > bounds.names) throw invalid(`It has more than ${bounds.names} names.`)
        break
      case quote:
        i = endOfString(text, i)
        break
    }
  }
  return names
}

/** How many names the value has kept: of those that stood twice in one object, one. */
function countKept(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let names = 0
  if (Array.isArray(value)) {
    for (const each of value) names += countKept(each)
    return names
  }
  for (const name of Object.keys(value)) {
    if (name === '__proto__') throw invalid('A name that is not allowed.')
    names += 1 + countKept((value as Record<string, unknown>)[name])
  }
  return names
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text.charCodeAt(first - 1) === backslash) first--
  return (at - first) % 2 === 1
}

function invalid(detail: string): Fault {
  return new Fault('invalid_json', { detail })
}
