import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBase32, encodeBase32 } from './base32.ts'

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('latin1')

test('the examples of RFC 4648, section 10, are read and written', () => {
  const examples = {
    '': '',
    f: 'MY======',
    fo: 'MZXQ====',
    foo: 'MZXW6===',
    foob: 'MZXW6YQ=',
    fooba: 'MZXW6YTB',
    foobar: 'MZXW6YTBOI======',
  }
  for (const [plain, encoded] of Object.entries(examples)) {
    assert.equal(encodeBase32(Buffer.from(plain)), encoded.replaceAll('=', ''))
    assert.equal(text(decodeBase32(encoded)), plain)
    assert.equal(text(decodeBase32(encoded.replaceAll('=', ''))), plain)
  }
})

test('any bytes survive, however the key is spelled', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.infiniteStream(fc.boolean()), (bytes, coins) => {
      const typed = Array.from(encodeBase32(bytes), (letter) => {
        const cased = coins.next().value ? letter.toLowerCase() : letter
        return coins.next().value ? `${cased} ` : coins.next().value ? `${cased}-` : cased
      }).join('')
      assert.deepEqual(decodeBase32(`\n${typed} `), bytes)
    }),
  )
})

test('bits after the last whole byte are dropped, as authenticator apps do', () => {
  assert.equal(text(decodeBase32('MZ')), 'f')
  assert.equal(text(decodeBase32('MZXW6YTBO')), 'fooba')
})

test('what is not base32 is undefined, also letters that turn into ASCII in upper case', () => {
  for (const typed of ['MZXW1', 'MZXW8', 'MZ=W', 'MZXW=======', 'ſ', 'ı', 'ΜZ', '２', '😀', '\u0000']) {
    assert.equal(decodeBase32(typed), undefined, JSON.stringify(typed))
  }
})

test('196: 64 KiB of crafted text takes no time', () => {
  for (const crafted of ['=', ' ', 'A', '-=', 'A='].map((part) => `${part.repeat(65_536 / part.length)}!`)) {
    const start = performance.now()
    assert.equal(decodeBase32(crafted), undefined)
    assert.ok(performance.now() - start < 50)
  }
})
