import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { base32 } from '@scure/base'
import fc from 'fast-check'
import {
  type BareItem,
  hasTwins,
  type Item,
  isInnerList,
  type Parameter,
  parseDictionary,
} from './structured-fields.ts'

interface Vector {
  readonly name: string
  readonly raw: readonly string[]
  readonly header_type: 'item' | 'list' | 'dictionary'
  readonly expected?: unknown
  readonly must_fail?: boolean
  readonly can_fail?: boolean
}

/** In the words of the vectors. */
function showBare({ type, value }: BareItem): unknown {
  if (type === 'token') return { __type: 'token', value }
  if (type === 'bytes') return { __type: 'binary', value: base32.encode(value) }
  return Object.is(value, -0) ? 0 : value
}

/** The last of twins counts in the place of the first, as RFC 8941 says. */
function showParameters(parameters: readonly Parameter[]): unknown {
  return [...new Map(parameters.map(({ key, value }) => [key, showBare(value)]))]
}

const showItem = ({ value, parameters }: Item) => [showBare(value), showParameters(parameters)]

function showDictionary(text: string): [string, unknown][] | undefined {
  const members = parseDictionary(text)?.map(({ key, value }): [string, unknown] => [
    key,
    isInnerList(value) ? [value.items.map(showItem), showParameters(value.parameters)] : showItem(value),
  ])
  return members && [...new Map(members)]
}

/** Items are read as the one member of a dictionary. */
function read({ header_type, raw }: Vector): unknown {
  const text = raw.join(', ')
  if (header_type === 'dictionary') return showDictionary(text)
  const members = showDictionary(`a=${text.replace(/^ +/, '')}`)
  return members?.length === 1 ? members[0]?.[1] : undefined
}

const folder = new URL('../../../../../vectors/structured-fields/', import.meta.url)
const vectors = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .flatMap((name): Vector[] => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
  .filter(({ header_type }) => header_type !== 'list')

test('dictionaries and items are read as the HTTP working group reads them', () => {
  assert.equal(vectors.length, 138)
  for (const vector of vectors) {
    const value = read(vector)
    if (vector.must_fail) assert.equal(value, undefined, vector.name)
    else if (!vector.can_fail || value !== undefined) assert.deepEqual(value, vector.expected, vector.name)
  }
})

test('what stands there twice is seen, among members and among parameters', () => {
  for (const [text, twins] of [
    ['', false],
    ['a=1, b=1', false],
    ['a=1, b=1, a=1', true],
    ['a, a;x', true],
  ] as const) {
    assert.equal(hasTwins(parseDictionary(text) ?? assert.fail(text)), twins, text)
  }
  for (const [text, twins] of [
    ['a=1;x;y', false],
    ['a=1;x;y;x=2', true],
    ['a=();x;x', true],
  ] as const) {
    assert.equal(hasTwins(parseDictionary(text)?.[0]?.value.parameters ?? assert.fail(text)), twins, text)
  }
})

test('a member knows how it was written', () => {
  const texts = ['("a"  "b" );x=1;  y', ':AAAA:;x', '"a, b=\\"1\\"";c', '?0', '-1.5']
  const members = parseDictionary(`  ${texts.map((text, index) => `k${index}=${text}`).join(' ,\t')}, flag;x=1  `)
  assert.deepEqual(
    members?.map(({ text }) => text),
    [...texts, ';x=1'],
  )
})

test('bytes have one spelling', () => {
  for (const text of ['', 'AA==', 'YQ==', 'YWE=', 'YWFh', 'YWFhYWE=']) assert.ok(parseDictionary(`a=:${text}:`), text)
  for (const text of ['YR==', 'YWF=', 'YQ', 'YQ=', 'Y===', '====', 'YWFh=', 'YW Fh', '-_-_', 'YWFhY']) {
    assert.equal(parseDictionary(`a=:${text}:`), undefined, text)
  }
})

test('any text is read or refused, never an error', () => {
  const pieces = [
    'a',
    'k',
    '=',
    ',',
    ';',
    ' ',
    '(',
    ')',
    '"',
    '\\',
    ':',
    '?1',
    '1',
    '.',
    '-',
    '*',
    'AA==',
    '\t',
    '\n',
    'é',
    '\0',
  ]
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((all) => all.join(''))
  fc.assert(
    fc.property(text, (each) => {
      const members = parseDictionary(each)
      if (members)
        assert.ok(
          /^[\t -~]*$/.test(each) &&
            members.every(({ key, text }) => each.includes(key + text) || each.includes(`${key}=${text}`)),
        )
    }),
    { numRuns: 2000 },
  )
})

test('the largest headers that come in are read in little time, however they are built', () => {
  const size = 16_384
  const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size)
  for (const piece of [
    'a=1,',
    'a',
    ' ',
    'a;',
    'a=(1 ',
    '=',
    '1',
    'a=(((',
    'a="\\\\',
    'a=:AAAA',
    'a=?1;b=1;',
    'a=( ',
    'a ,',
    ';  a',
  ]) {
    for (const text of [
      fill(piece),
      `a=${fill(piece)}`,
      `a=(${fill(piece)}`,
      `a="${fill(piece)}`,
      `a=1;${fill(piece)}!`,
    ]) {
      const before = process.threadCpuUsage()
      parseDictionary(text)
      const { user } = process.threadCpuUsage(before)
      assert.ok(user < 250_000, `${text.slice(0, 20)} takes ${user} µs`)
    }
  }
})
