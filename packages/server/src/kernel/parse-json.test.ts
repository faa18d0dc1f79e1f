import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { Fault } from './fault.ts'
import { parseJson } from './parse-json.ts'

const bounds = { depth: 16, names: 200 }
const parse = (text: string | Uint8Array) => parseJson(Buffer.from(text), bounds)

/** Why it is refused, or undefined when it parses. */
function refusal(text: string | Uint8Array): string | undefined {
  try {
    parse(text)
    return undefined
  } catch (error) {
    assert.ok(error instanceof Fault && error.code === 'invalid_json', String(error))
    return error.options.detail
  }
}

/** What this thread has spent, so that a busy machine does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

const file = new URL('../../../../vectors/json-parsing.json', import.meta.url)
const { files }: { files: Record<string, string> } = JSON.parse(readFileSync(file, 'utf8'))
const inputs = Object.entries(files).map(([name, base64]) => ({ name, bytes: Buffer.from(base64, 'base64') }))
const inputsThat = (start: string) => inputs.filter(({ name }) => name.startsWith(start))

test('186: of the inputs that RFC 8259 allows, those with a name twice are refused and all others parse', () => {
  const refused = inputsThat('y_').flatMap(({ name, bytes }) => {
    const detail = refusal(bytes)
    return detail === undefined ? [] : [[name, detail]]
  })
  assert.deepEqual(refused, [
    ['y_object_duplicated_key.json', 'A name stands twice in one object.'],
    ['y_object_duplicated_key_and_value.json', 'A name stands twice in one object.'],
  ])
})

test('186: what RFC 8259 does not allow is refused', () => {
  for (const { name, bytes } of inputsThat('n_')) assert.equal(typeof refusal(bytes), 'string', name)
})

test('186: no text changes how the names of the next one are read', () => {
  // V8 remembers these names, and takes for them what begins with the same characters before its escapes are read.
  parse('{"a":1,"\\\\":2}')
  parse('{"a":1,"\\\\u0062":2}')
  assert.deepEqual(parse('{"a":1,"\\/":2}'), { a: 1, '/': 2 })
  assert.deepEqual(parse('{"a":1,"\\u0062cdefg":[{"\\"":0}]}'), { a: 1, bcdefg: [{ '"': 0 }] })
  assert.equal(refusal('{"a":{},"\\/":{},"\\/":{}}'), 'A name stands twice in one object.')
  assert.equal(refusal('{"a":1,"\\/":2,"/":3}'), 'A name stands twice in one object.')
})

test('186: where RFC 8259 leaves the choice, a byte order mark, bytes that are not UTF-8 and deep nesting are refused', () => {
  assert.equal(inputs.length, 318)
  const refused = inputsThat('i_').filter(({ bytes }) => refusal(bytes) !== undefined)
  assert.deepEqual(
    refused.map(({ name }) => name),
    [
      'i_string_UTF-16LE_with_BOM.json',
      'i_string_UTF-8_invalid_sequence.json',
      'i_string_UTF8_surrogate_U+D800.json',
      'i_string_invalid_utf-8.json',
      'i_string_iso_latin_1.json',
      'i_string_lone_utf8_continuation_byte.json',
      'i_string_not_in_unicode_range.json',
      'i_string_overlong_sequence_2_bytes.json',
      'i_string_overlong_sequence_6_bytes.json',
      'i_string_overlong_sequence_6_bytes_null.json',
      'i_string_truncated-utf-8.json',
      'i_string_utf16BE_no_BOM.json',
      'i_string_utf16LE_no_BOM.json',
      'i_structure_500_nested_arrays.json',
      'i_structure_UTF-8_BOM_empty_object.json',
    ],
  )
})

test('what parses means what was written', () => {
  const names = fc.string().filter((name) => name !== '__proto__')
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      // JSON has no more than one zero. `JSON.parse` is no judge here: it is what reads names wrong.
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    object: fc.dictionary(names, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  }))
  fc.assert(
    fc.property(value, fc.constantFrom(0, 1, '\t'), (given, space) => {
      const text = JSON.stringify(given, null, space)
      assert.deepEqual(parseJson(Buffer.from(text), { depth: 100, names: 10_000 }), given)
    }),
  )
})

test('187: a name that stands twice in one object is refused, however it is written and wherever', () => {
  for (const text of [
    '{"role":"user","role":"admin"}',
    '{"email":"a","email":"a"}',
    '{"a":1,"\\u0061":2}',
    '{"\\u0061":1,"a":2}',
    '{"\\u0061":1,"\\u0061":2}',
    '{"\\/":1,"/":2}',
    '{"\\"":1,"\\u0022":2}',
    '{"\\ud83d\\udd11":1,"🔑":2}',
    '{"":1,"":2}',
    '{"a":{"b":1,"b":2}}',
    '[[{"b":1,"b":2}]]',
    '{"a":[{}],"a":1}',
    '{"a":{"x":1},"b":{"y":[1,{"z":0}]},"a":2}',
    '{ "a" : 1 ,\n\t"a" : 2 }',
  ]) {
    assert.equal(refusal(text), 'A name stands twice in one object.', text)
  }
})

test('187: a name may stand again in another object, as a value, or in another spelling of Unicode', () => {
  for (const text of [
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":["a","a",{"a":"a"}],"b":"a"}',
    '{"a":1,"A":2}',
    '{"é":1,"e\u0301":2}',
    '{"\\\\u0061":1,"a":2}',
    '{"a":"\\",\\"a\\":1,\\"a\\":2"}',
    '{"x":"{","y":"[","z":"\\\\"}',
    '{"\\ud800":1,"\\ud801":2}',
  ]) {
    assert.deepEqual(parse(text), JSON.parse(text))
  }
})

test('189: nesting ends at its bound, to the level', () => {
  const nested = (levels: number) => [
    '['.repeat(levels) + ']'.repeat(levels),
    `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
  ]
  for (const text of nested(16)) assert.equal(refusal(text), undefined)
  for (const text of nested(17)) assert.equal(refusal(text), 'It nests deeper than 16 levels.')
  assert.equal(refusal(`[${'[],'.repeat(1000)}[]]`), undefined)
})

test('189: the number of names ends at its bound, over all objects together', () => {
  const object = (first: number, count: number) =>
    `{${Array.from({ length: count }, (_, index) => `"n${first + index}":0`)}}`
  for (const text of [object(0, 200), `[${object(0, 100)},${object(0, 100)}]`]) assert.equal(refusal(text), undefined)
  for (const text of [object(0, 201), `[${object(0, 100)},${object(0, 101)}]`]) {
    assert.equal(refusal(text), 'It has more than 200 names.')
  }
})

test('189: vast input is judged within 50 ms, and a hundred thousand levels do not crash', () => {
  const kib = 1 << 16
  const vast = {
    'levels of lists': '['.repeat(100_000) + ']'.repeat(100_000),
    'levels of objects': `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
    'levels never closed': '['.repeat(100_000),
    names: `{${Array.from({ length: 100_000 }, (_, index) => `"${index}":0`)}}`,
    elements: `[${'0,'.repeat(99_999)}0]`,
    'one string': `["${'a'.repeat(kib)}"]`,
    'escapes in a string': `["${'\\\\'.repeat(kib / 2)}"]`,
    'escapes in a name': `{"${'\\u0061'.repeat(kib / 6)}":1}`,
    'white space': `${' '.repeat(kib)}[]`,
    'a number': `[${'9'.repeat(kib)}]`,
  }
  for (const [name, text] of Object.entries(vast)) {
    const bytes = Buffer.from(text)
    const times = Array.from({ length: 3 }, () => {
      const start = cpuMs()
      const detail = refusal(bytes)
      assert.equal(detail === undefined, /^(elements|one|escapes|white|a number)/.test(name), `${name}: ${detail}`)
      return cpuMs() - start
    })
    // The best of three: the first may have to compile.
    assert.ok(Math.min(...times) < 50, `${name}: ${times} ms`)
  }
})

test('191: a name that reaches for a prototype is refused; nothing else of its kind changes what objects are', () => {
  for (const text of [
    '{"__proto__":{"isAdmin":true}}',
    '{"a":{"__proto__":1}}',
    '{"\\u005f_proto__":1}',
    '[{"__proto__":[]}]',
  ]) {
    assert.equal(refusal(text), 'A name that is not allowed.', text)
  }
  assert.deepEqual(parse('{"a":"__proto__"}'), { a: '__proto__' })
  const parsed = parse('{"constructor":{"prototype":{"isAdmin":true}}}')
  assert.equal(Reflect.get(Object.assign({}, parsed), 'isAdmin'), undefined)
  assert.equal(Reflect.get({}, 'isAdmin'), undefined)
})

test('only UTF-8 without a byte order mark is read', () => {
  const text = '{"a":"é"}'
  assert.deepEqual(parse(text), { a: 'é' })
  const others: Record<string, Uint8Array> = {
    'byte order mark': Buffer.from(`\ufeff${text}`),
    'UTF-16LE': Buffer.from(text, 'utf16le'),
    'UTF-16LE with a mark': Buffer.from(`\ufeff${text}`, 'utf16le'),
    'Latin-1': Buffer.from(text, 'latin1'),
    'overlong form': Buffer.from([0x7b, 0xc0, 0xa2, 0x7d]),
    'a surrogate': Buffer.from([0x5b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x5d]),
    'above U+10FFFF': Buffer.from([0x5b, 0x22, 0xf4, 0x90, 0x80, 0x80, 0x22, 0x5d]),
    'cut in the middle': Buffer.from(text).subarray(0, 7),
    'nothing at all': Buffer.alloc(0),
  }
  for (const [name, bytes] of Object.entries(others)) assert.equal(typeof refusal(bytes), 'string', name)
})

test('a part of a larger buffer is read as that part', () => {
  const pool = new Uint8Array(Buffer.from('xx{"a":1}yy'))
  assert.deepEqual(parseJson(pool.subarray(2, 9), bounds), { a: 1 })
})

test('a refusal tells nothing of what was sent', () => {
  const secret = 'hunter2hunter2'
  for (const text of [`{"password":"${secret}"`, `{"${secret}":1,"${secret}":2}`, `"${secret}`, `{"p":${secret}}`]) {
    assert.ok(!refusal(text)?.includes('hunter'), text)
  }
})
