import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalAddress } from '../kernel/address.ts'
import { type ForwardedHeader, findCaller, forwardedHeaders } from './forwarded.ts'

const proxies = ['10.0.0.1', '10.0.0.2', '2001:db8:aaaa::1']
const isTrusted = (address: string) => proxies.includes(address)
const listed = (field: string) => findCaller('x-forwarded-for', field, isTrusted)?.address
const element = (field: string) => findCaller('forwarded', field, isTrusted)

/** A hop in the words of the header. */
function hopOf(header: ForwardedHeader, address: string): string {
  if (header === 'x-forwarded-for') return address
  return address.includes(':') ? `for="[${address}]"` : `for=${address}`
}

test('025: the right-most hop that is no trusted proxy is the caller, whatever stands left of it', () => {
  for (const header of forwardedHeaders) {
    const hop = (address: string) => hopOf(header, address)
    for (const [hops, caller] of [
      [['198.51.100.7'], '198.51.100.7'],
      [['192.0.2.1', '198.51.100.7'], '198.51.100.7'],
      [['192.0.2.1', '198.51.100.7', '10.0.0.2'], '198.51.100.7'],
      [['192.0.2.1', '198.51.100.7', '2001:db8:aaaa:0::1', '10.0.0.2'], '198.51.100.7'],
      [['10.0.0.1', '198.51.100.7', '10.0.0.2'], '198.51.100.7'],
      [['198.51.100.7', '2001:DB8::7'], '2001:db8::7'],
      // A proxy that calls on its own behalf, such as one that asks for our health.
      [['10.0.0.1'], '10.0.0.1'],
      [['10.0.0.2', '10.0.0.1'], '10.0.0.2'],
    ] as const) {
      const field = hops.map(hop).join(', ')
      assert.equal(findCaller(header, field, isTrusted)?.address, caller, `${header}: ${field}`)
    }
  }
})

test('027: an address has one spelling, however the proxy writes it', () => {
  const spellings: Record<string, readonly string[]> = {
    '198.51.100.7': [
      ...['198.51.100.7', '198.51.100.7:5678', '::ffff:198.51.100.7', '::FFFF:c633:6407', '[::ffff:198.51.100.7]:80'],
      ...[' 198.51.100.7', '\t198.51.100.7 \t'],
    ],
    '2001:db8::7': ['2001:db8::7', '2001:0DB8:0:0:0:0:0:7', '[2001:db8::7]', '[2001:DB8::7]:65535'],
  }
  for (const [one, all] of Object.entries(spellings)) for (const each of all) assert.equal(listed(each), one, each)
  for (const each of ['for="198.51.100.7:5678"', 'For=198.51.100.7', 'for="[::ffff:198.51.100.7]"']) {
    assert.equal(element(each)?.address, '198.51.100.7', each)
  }
})

const noAddress = [
  ...[
    '',
    ' ',
    'a',
    'unknown',
    '_hidden',
    '_SEVKISEK',
    'localhost',
    '-',
    '*',
    '198.51.100',
    '198.51.100.7.1',
    '256.1.1.1',
  ],
  ...['010.0.0.1', '0x7f.0.0.1', '127.1', '2130706433', '198.51.100.7:', '198.51.100.7:99999', '198.51.100.7:123456'],
  ...['198.51.100.7:_port', '198.51.100.7:-1', '198.51.100.7 198.51.100.8', '198.51.100.7\u00a0', '１98.51.100.7'],
  ...[
    '[::1]:99999',
    '[::1',
    '::1]',
    '[::1]80',
    '[[::1]]',
    '[198.51.100.7]',
    ':::1',
    '1::2::3',
    '[::1]:',
    ':80',
    '::1%eth0',
  ],
  ...['fe80::1%1', '[fe80::1%25eth0]', '198.51.100.7/32', 'http://198.51.100.7', "198.51.100.7'", '\\'],
]

test('026: where it counts, what is not plainly an address is refused and not skipped', () => {
  for (const text of [...noAddress, '"198.51.100.7"', '198.51.100.7;', 'for=198.51.100.7']) {
    for (const field of [text, `192.0.2.1,${text}`, `192.0.2.1, ${text}, 10.0.0.2`]) {
      assert.equal(listed(field), undefined, JSON.stringify(field))
    }
  }
  const elements = [
    ...noAddress.flatMap((text) => [text, `for=${text}`, `for="${text}"`]),
    ...[
      'for=198.51.100.7:80',
      'for=::1',
      'for="::1"',
      'for=[::1]',
      'for="[::1"',
      'for="198.51.100.7',
      'for=198.51.100.7"',
    ],
    ...['for=198.51.100.7;for=198.51.100.7', 'for=198.51.100.7;FOR=192.0.2.1', 'by=198.51.100.7', 'proto=https', 'for'],
    ...['for =198.51.100.7', 'for= 198.51.100.7', 'for=198.51.100.7; proto=https', 'for=198.51.100.7 ;proto=https'],
    ...['for=198.51.100.7;;proto=https', ';for=198.51.100.7', 'for=198.51.100.7;proto', 'for=198.51.100.7;proto='],
    ...['for="198.51.100.7\\"', 'for="198\\.51.100.7"', 'for=198.51.100.7;by="\\""', 'for=198.51.100.7;=x', 'for==x'],
  ]
  for (const text of elements) {
    for (const field of [text, `for=192.0.2.1,${text}`, `for=192.0.2.1, ${text}, for=10.0.0.2`]) {
      assert.equal(element(field), undefined, JSON.stringify(field))
    }
  }
})

test('026: what stands left of the caller may be anything', () => {
  for (const text of ['', 'a', 'unknown', '[::1]:99999', '"', 'for="', '\\', 'for="a\\"', ';;;', '192.0.2.1"']) {
    assert.equal(listed(`${text},198.51.100.7`), '198.51.100.7', text)
    assert.equal(element(`${text},for=198.51.100.7;proto=https`)?.address, '198.51.100.7', text)
    assert.equal(element(`${text},for="[2001:db8::7]:80",for=10.0.0.1`)?.address, '2001:db8::7', text)
  }
})

test('026: more text or more hops than proxies write are refused, though the caller could be read', () => {
  const many = (count: number) => [...Array(count - 1).fill('192.0.2.1'), '198.51.100.7'].join(',')
  assert.equal(listed(many(32)), '198.51.100.7')
  for (const count of [33, 200]) assert.equal(listed(many(count)), undefined)
  assert.equal(element(`${Array(200).fill('for=192.0.2.1').join(',')},for=198.51.100.7`), undefined)
  const long = (length: number) => `${'x'.repeat(length - ',198.51.100.7'.length)},198.51.100.7`
  assert.equal(listed(long(4096)), '198.51.100.7')
  for (const length of [4097, 10_240]) assert.equal(listed(long(length)), undefined)
})

test('Forwarded says by which protocol the caller came; a comma or semicolon in quotes separates nothing', () => {
  for (const [field, proto] of [
    ['for=198.51.100.7;proto=https', 'https'],
    ['proto=HTTPS;host="a,b;c";for=198.51.100.7', 'https'],
    ['for=192.0.2.1;proto=https, for=198.51.100.7;proto=http, for=10.0.0.1;proto=https', 'http'],
    [
      'for=192.0.2.1;proto=http, For=198.51.100.7;Proto="https";, for=10.0.0.1;proto=http;by="[2001:db8::1]:443"',
      'https',
    ],
    ['for=198.51.100.7', undefined],
  ] as const) {
    assert.deepEqual(element(field), { address: '198.51.100.7', proto }, field)
  }
  assert.equal(findCaller('x-forwarded-for', '198.51.100.7', isTrusted)?.proto, undefined)
})

/** Text that a header may carry. */
const headerText = fc.string({
  unit: fc.constantFrom(
    ...'"\\,;=[]:. \tfor_x019',
    ...'proto=https for=192.0.2.1'.split(' '),
    '192.0.2.1',
    '10.0.0.1',
    'ÿ',
  ),
  maxLength: 60,
})
const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((four) => `::ffff:${four}`),
)

test('whatever a caller writes, honest proxies say who it is', () => {
  const strangers = address.filter((text) => !isTrusted(canonicalAddress(text) ?? ''))
  const chain = fc.array(fc.constantFrom(...proxies), { maxLength: 4 })
  for (const header of forwardedHeaders) {
    fc.assert(
      fc.property(headerText, strangers, chain, (written, caller, through) => {
        const field = [written, ...[caller, ...through].map((each) => hopOf(header, each))].join(', ')
        fc.pre(field.split(',').length <= 32)
        assert.equal(findCaller(header, field, isTrusted)?.address, canonicalAddress(caller), field)
      }),
      { numRuns: 1000 },
    )
  }
})

test('no text makes it throw, or gives an address in another spelling than its one', () => {
  for (const header of forwardedHeaders) {
    fc.assert(
      fc.property(fc.oneof(headerText, fc.string()), (field) => {
        const found = findCaller(header, field, isTrusted)
        if (found) assert.equal(canonicalAddress(found.address), found.address)
      }),
      { numRuns: 1000 },
    )
  }
})

test('the longest text takes no longer than its length', () => {
  const parts = [
    '"',
    '\\',
    ',',
    ';',
    '=',
    ' ',
    '\t',
    'a',
    '0',
    ':',
    '.',
    'a=',
    'a=a;',
    'for="',
    '[',
    ' ,',
    '" ',
    '0.',
    '::',
  ]
  const worst = parts.flatMap((part) =>
    ['', 'for=', 'for="', '['].map((start) => start + part.repeat(4096 / part.length - 3)),
  )
  const started = performance.now()
  for (const field of worst) for (const header of forwardedHeaders) findCaller(header, field, isTrusted)
  const eachMs = (performance.now() - started) / worst.length / forwardedHeaders.length
  assert.ok(eachMs < 5, `${eachMs} ms each`)
})
