import { isUtf8 } from 'node:buffer'
import { Fault } from '../kernel/fault.ts'

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
  if (!isUtf8(bytes)) throw invalid('It is not UTF-8.')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('It does not follow the grammar of JSON.')
  }
  checkNames(text, bounds)
  return value
}

const quote = 0x22
const backslash = 0x5c

/** Walks over text that is known to be valid JSON; only strings, brackets, colons and commas matter. */
function checkNames(text: string, bounds: Bounds): void {
  /** A set of names for each open object, undefined for each open array. */
  const open: (Set<string> | undefined)[] = []
  let names = 0
  let nameIsNext = false
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x7b: // {
        open.push(new Set())
        nameIsNext = true
        break
      case 0x5b: // [
        open.push(undefined)
        nameIsNext = false
        break
      case 0x7d: // }
      case 0x5d: // ]
        open.pop()
        nameIsNext = false
        break
      case 0x2c: // ,
        nameIsNext = open.at(-1) !== undefined
        break
      case quote: {
        const end = endOfString(text, i)
        if (nameIsNext) {
          const name = decode(text.slice(i, end + 1))
          const seen = open.at(-1)
          if (seen?.has(name)) throw invalid('A name stands twice in one object.')
          if (name === '__proto__') throw invalid('A name that is not allowed.')
          seen?.add(name)
          names++
          nameIsNext = false
        }
        i = end
        break
      }
    }
    if (open.length > bounds.depth) throw invalid(`It nests deeper than ${bounds.depth} levels.`)
    if (names > bounds.names) throw invalid(`It has more than ${bounds.names} names.`)
  }
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

function decode(name: string): string {
  return name.includes('\\') ? JSON.parse(name) : name.slice(1, -1)
}

function invalid(detail: string): Fault {
  return new Fault('invalid_json', { detail })
}
