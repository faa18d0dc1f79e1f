import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOTP, Secret } from 'otpauth'
import { judge } from '../../../../../test/judge.ts'
import { hotp, otpAlgorithms } from './hotp.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../../vectors/otp.json', import.meta.url), 'utf8'))
const key = Buffer.from(vectors.hotp_rfc4226_appendix_d.secret_hex, 'hex')
const usual = { algorithm: 'sha1', digits: 6 } as const

test('the codes of RFC 4226, appendix D', () => {
  const codes = vectors.hotp_rfc4226_appendix_d.codes.map((_: string, counter: number) =>
    hotp(key, BigInt(counter), usual),
  )
  assert.deepEqual(codes, vectors.hotp_rfc4226_appendix_d.codes)
})

test('078: counters beyond 32, 53 and 63 bits give the codes of oathtool', (t) => {
  const oathtool = judge('oathtool', 'oathtool')
  if (oathtool.missing) return t.diagnostic(`not checked: counters of 64 bits (${oathtool.missing})`)
  for (const counter of [2n ** 32n - 1n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
    for (const digits of [6, 7, 8]) {
      const judged = oathtool.run(['--hotp', `--counter=${counter}`, `--digits=${digits}`, key.toString('hex')])
      assert.equal(hotp(key, counter, { algorithm: 'sha1', digits }), judged.trim(), `counter ${counter}`)
    }
  }
})

test('any key, counter, algorithm and length gives the code of the otpauth library', () => {
  const algorithm = fc.constantFrom(...otpAlgorithms)
  const digits = fc.constantFrom(6, 7, 8)
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      fc.maxSafeNat(),
      algorithm,
      digits,
      (bytes, counter, ...form) => {
        const [algorithm, digits] = form
        const secret = new Secret({ buffer: Uint8Array.from(bytes).buffer })
        const judged = HOTP.generate({ secret, algorithm, digits, counter })
        assert.equal(hotp(bytes, BigInt(counter), { algorithm, digits }), judged)
      },
    ),
  )
})
