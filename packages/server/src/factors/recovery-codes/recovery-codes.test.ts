import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { countUnusedCodes, type RecoveryCodesData, recoveryCodes } from './recovery-codes.ts'

const moment = { now: new Date('2026-11-21T12:00:00Z'), random: randomBytes }
const verify = (data: RecoveryCodesData, code: string) =>
  recoveryCodes.verify(moment, { data, response: recoveryCodes.response.parse({ code }) })

test('a set has ten different codes of 80 bits in four groups of four', async () => {
  const { shown } = await recoveryCodes.enroll(moment)
  assert.equal(new Set(shown.codes).size, 10)
  for (const code of shown.codes) assert.match(code, /^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/)
})

test('110: each code is accepted once, and a used one is told from a wrong one', async () => {
  const { data: fresh, shown } = await recoveryCodes.enroll(moment)
  let data: RecoveryCodesData = fresh
  for (const [index, code] of shown.codes.entries()) {
    const first = await verify(data, code)
    assert.ok(first.accepted)
    data = first.data
    assert.equal(countUnusedCodes(data), 9 - index)
    assert.deepEqual(await verify(data, code), { accepted: false, reason: 'replay' })
  }
  assert.deepEqual(await verify(data, '0000-0000-0000-0000'), { accepted: false, reason: 'mismatch' })
})

test('accepting a code changes nothing but its own time of use', async () => {
  const { data, shown } = await recoveryCodes.enroll(moment)
  const verdict = await verify(data, shown.codes[3]!)
  assert.ok(verdict.accepted)
  const codes = data.codes.map((code, index) => (index === 3 ? { ...code, usedAt: moment.now.getTime() } : code))
  assert.deepEqual(verdict.data, { ...data, codes })
})

test('111: what is stored holds no code, and two sets with the same codes have no hash in common', async () => {
  const { data, shown } = await recoveryCodes.enroll(moment)
  const stored = JSON.stringify(data)
  for (const code of shown.codes) assert.ok(!stored.includes(code) && !stored.includes(code.replaceAll('-', '')))

  const sameCodes = (bytes: number) => (bytes === 10 ? Buffer.alloc(10) : randomBytes(bytes))
  const sets = [
    await recoveryCodes.enroll({ ...moment, random: sameCodes }),
    await recoveryCodes.enroll({ ...moment, random: sameCodes }),
  ]
  assert.deepEqual(sets[0]!.shown, sets[1]!.shown)
  assert.notEqual(sets[0]!.data.codes[0]!.hash, sets[1]!.data.codes[0]!.hash)
})

test('112: every spelling of a code is the same code', async () => {
  const ones = Buffer.from('08421084210842108421', 'hex')
  const { data, shown } = await recoveryCodes.enroll({
    now: moment.now,
    random: (bytes) => (bytes === 10 ? ones : randomBytes(bytes)),
  })
  assert.equal(shown.codes[0], '1111-1111-1111-1111')
  const first = await verify(data, 'iIlL 1111\t1l1i--LlIi ')
  assert.ok(first.accepted)
  assert.deepEqual(await verify(first.data, '1111-1111-1111-1111'), { accepted: false, reason: 'replay' })
})

test('112: any change of case, spaces, hyphens and look-alike letters is accepted, and spends the code', async () => {
  const { data, shown } = await recoveryCodes.enroll(moment)
  const spellings = { '0': ['0', 'o', 'O'], '1': ['1', 'i', 'I', 'l', 'L'] } as Record<string, string[]>
  const spelled = fc.constantFrom(...shown.codes).chain((code) => {
    const letters = Array.from(code.replaceAll('-', ''), (letter) =>
      fc.constantFrom(...(spellings[letter] ?? [letter, letter.toUpperCase()])),
    )
    const gaps = letters.map(() => fc.constantFrom('', '', ' ', '-', ' - '))
    return fc
      .tuple(fc.tuple(...letters), fc.tuple(...gaps))
      .map(([typed, between]) => ({ code, typed: typed.map((letter, index) => letter + between[index]).join('') }))
  })
  await fc.assert(
    fc.asyncProperty(spelled, async ({ code, typed }) => {
      const verdict = await verify(data, typed)
      assert.ok(verdict.accepted, typed)
      assert.deepEqual(await verify(verdict.data, code), { accepted: false, reason: 'replay' })
    }),
    { numRuns: 40 },
  )
})

test('letters that turn into ASCII in lower case are not taken for it', async () => {
  const kays = Buffer.from('9ce739ce739ce739ce73', 'hex')
  const random = (bytes: number) => (bytes === 10 ? kays : randomBytes(bytes))
  const { data, shown } = await recoveryCodes.enroll({ ...moment, random })
  assert.equal(shown.codes[0], 'kkkk-kkkk-kkkk-kkkk')
  assert.ok((await verify(data, 'K'.repeat(16))).accepted)
  const kelvin = '\u212a'
  assert.equal((await verify(data, kelvin.repeat(16))).accepted, false)
})

test('what cannot be a code is a mismatch', async () => {
  const { data, shown } = await recoveryCodes.enroll(moment)
  const code = shown.codes[0]!.replaceAll('-', '')
  const foreign = ['u', 'U', '\u212a', '\u017f', '１', 'é', '\u0000', '_'].map((letter) => `${letter}${code.slice(1)}`)
  for (const wrong of [...foreign, '', code.slice(1), `${code}0`, `${code}${code}`, '123456', '\ud800'.repeat(16)]) {
    assert.deepEqual(await verify(data, wrong), { accepted: false, reason: 'mismatch' }, JSON.stringify(wrong))
  }
})

test('114: a wrong code costs one derivation, however many codes are stored', async () => {
  const { data } = await recoveryCodes.enroll(moment)
  const slow = { ...data, iterations: 100_000 }
  const cpuOf = async (stored: RecoveryCodesData) => {
    const before = process.cpuUsage()
    assert.equal((await verify(stored, '0000-0000-0000-0000')).accepted, false)
    return process.cpuUsage(before).user
  }
  await cpuOf(slow)
  const one = await cpuOf({ ...slow, codes: slow.codes.slice(0, 1) })
  assert.ok((await cpuOf(slow)) < 4 * one)
})

test('114: text that cannot be a code costs no derivation', async () => {
  const { data } = await recoveryCodes.enroll(moment)
  // One derivation of this set would take minutes.
  assert.equal((await verify({ ...data, iterations: 2_000_000_000 }, '123456')).accepted, false)
})
