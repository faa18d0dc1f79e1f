import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Email } from '@gatehouse/contract/fields'
import fc from 'fast-check'
import { Fault } from '../kernel/fault.ts'
import { emailKey } from './email.ts'

/** The key of an address that the contract lets in; `refused` by the contract or by the key. */
function keyOf(email: string): string {
  if (!Email.safeParse(email).success) return 'refused'
  try {
    return emailKey(email)
  } catch (error) {
    assert.ok(error instanceof Fault && error.code === 'invalid_request', String(error))
    return 'refused'
  }
}

/** What this thread has spent, so that a busy machine does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

test('192: spellings that people cannot tell apart are one account', () => {
  const accounts: Record<string, string> = {
    'ada@example.org': 'ada@example.org Ada@Example.ORG ADA@EXAMPLE.ORG ａｄａ@example.org ada@ｅｘａｍｐｌｅ.org',
    'kelvin@k.example': 'kelvin@k.example \u212aelvin@\u212a.example KELVIN@K.EXAMPLE',
    'jos\u00e9@example.org':
      'jos\u00e9@example.org jose\u0301@example.org JOS\u00c9@example.org JOSE\u0301@EXAMPLE.org',
    'sasa@example.org': 'sasa@example.org \u017fa\u017fa@example.org \u017fasa@EXAMPLE.org',
    'ffi@example.org': 'ffi@example.org \ufb03@example.org',
    '\u00e5@example.org': '\u00e5@example.org \u00c5@example.org \u212b@example.org A\u030a@example.org',
    '\u1fb4@example.org': '\u1fb4@example.org \u0386\u0345@example.org',
    'a@xn--bcher-kva.example': 'a@bücher.example a@BÜCHER.example a@bu\u0308cher.example a@xn--bcher-kva.example',
    'a@xn--strae-oqa.example': 'a@straße.example a@XN--STRAE-OQA.example a@STRAẞE.example',
  }
  for (const [key, spellings] of Object.entries(accounts)) {
    for (const email of spellings.split(' ')) assert.equal(keyOf(email), key, email)
  }
})

test('192: letters that are different to people stay different accounts', () => {
  const different = `i@example.org \u0131@example.org \u0130@example.org strasse@example.org straße@example.org
    a@strasse.example a@straße.example o@example.org ø@example.org ö@example.org \u0430@example.org a@example.org
    a+b@example.org a.b@example.org ab@example.org ab@example.net a@b.example.org`.split(/\s+/)
  const keys = different.map(keyOf)
  assert.ok(!keys.includes('refused'))
  assert.equal(new Set(keys).size, different.length, keys.join('\n'))
})

test('192: characters that nobody sees are refused, or are not there', () => {
  const controls = '\0\t\n\r \u0085\u001b\u00a0\u2028\u3000'
  const formats = '\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u202e\u2060\u2066\ufeff\ufff9\u{1d173}\u{e0061}'
  const blanks = '\u034f\u115f\u17b4\u180b\u3164\ufe0f\uffa0\u{e0100}'
  for (const hidden of [...controls, ...formats, ...blanks, '\ud800', '\udc00']) {
    const name = `U+${hidden.codePointAt(0)?.toString(16)}`
    for (const email of [`a${hidden}da@example.org`, `${hidden}ada@example.org`, `ada${hidden}@example.org`]) {
      assert.equal(keyOf(email), 'refused', name)
    }
    for (const email of [`ada@exam${hidden}ple.org`, `ada@${hidden}example.org`, `ada@example.org${hidden}`]) {
      assert.ok(['refused', 'ada@example.org'].includes(keyOf(email)), name)
    }
  }
})

test('087: what is more than one address, or not one, is refused', () => {
  const spaced = ['', 'a@x\r\nBcc: b@y', '"a@x b"@z', 'a@x b@y', 'a@x\nb', 'Ada <a@x>']
  const dense = `a@x,b@y a@x%00 a@b@c a@x;b@y <a@x> @ a a@ @x a@@x a.example.org a@(x) a(c)@x a@[127.0.0.1] a@x:25 a\\@x
    a@x' ${'a'.repeat(65)}@example.org a@${'b'.repeat(319)} ${'a'.repeat(64)}@${'b.'.repeat(127)}bb
    a＠b@example.org a@b＠example.org a@exa／mple.org a@xn--\u00e9.example`.split(/\s+/)
  for (const email of [...spaced, ...dense]) assert.equal(keyOf(email), 'refused', JSON.stringify(email))
})

test('087: a domain is all there is after the @: nothing of it is cut off or decoded', () => {
  const domains = `example.org/evil example.org?evil example.org#evil exa%6dple.org example.org%2fevil example%2eorg
    example.org. .example.org example..org . *.example.org a=b a&b a|b a^b a\`b a{b}`
  for (const domain of domains.split(/\s+/)) assert.equal(keyOf(`a@${domain}`), 'refused', domain)
})

test('the key of a key is itself', () => {
  const local = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(local, fc.domain(), (name, domain) => {
      const key = keyOf(`${name}@${domain}`)
      fc.pre(key !== 'refused')
      assert.equal(emailKey(key), key)
    }),
    { numRuns: 500 },
  )
})

test('196: the form of an address is judged in no time, however crafted', () => {
  for (const email of [
    'a@'.repeat(32_768),
    `a@${'b.'.repeat(32_768)}`,
    `a@${'b'.repeat(65_536)}`,
    `${'a.'.repeat(32_768)}@`,
  ]) {
    const start = cpuMs()
    assert.equal(keyOf(email), 'refused')
    assert.ok(cpuMs() - start < 50)
  }
})
