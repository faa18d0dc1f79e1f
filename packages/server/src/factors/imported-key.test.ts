import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImportedKey } from './imported-key.ts'

test('a pasted key is understood with spaces, hyphens, lower case and padding', () => {
  const key = Buffer.from('12345678901234567890')
  for (const pasted of [
    'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
    'gezd gnbv gy3t qojq gezd gnbv gy3t qojq',
    ' GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ\n',
    'gezdgnbvgy3tqojqgezdgnbvgy3tqojq======',
  ]) {
    assert.deepEqual(Buffer.from(ImportedKey.parse(pasted)), key)
  }
})

test('a key that is no base32, too short or too long is refused with a reason that does not repeat it', () => {
  const reasonOf = (pasted: unknown) => ImportedKey.safeParse(pasted).error?.issues[0]?.message ?? 'accepted'
  assert.match(reasonOf('GEZDGNBVGY3TQOJ0'), /^A key is base32/)
  assert.match(reasonOf('JBSWY3DPEHPK3PXP'), /has 16 to 64 bytes; this one has 10/)
  assert.match(reasonOf(''), /this one has 0/)
  assert.match(reasonOf('A'.repeat(24)), /this one has 15/)
  assert.equal(reasonOf('A'.repeat(26)), 'accepted')
  assert.equal(reasonOf('A'.repeat(103)), 'accepted')
  assert.match(reasonOf('A'.repeat(104)), /this one has 65/)
  assert.match(reasonOf('A'.repeat(257)), /too big/i)
  assert.match(reasonOf(null), /invalid input/i)
})

test('what is wrong with the base32 of a key is told without repeating it', () => {
  const reasonOf = (pasted: string) => ImportedKey.safeParse(pasted).error?.issues[0]?.message ?? 'accepted'
  assert.match(reasonOf('3132333435363738393031323334353637383930'), /looks like hex/)
  assert.match(reasonOf('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ0'), /misread letters/)
  assert.match(reasonOf('GEZD GNBV GY3T QOJQ GE/DGNBVGY3TQOJQ'), /Character 19 /)
  assert.match(reasonOf('MDEyMzQ1Njc4OWFiY2RlZg'), /misread letters/)
  assert.match(reasonOf('ſſſſſſſſſſſſſſſſſſſſſſſſſſ'), /Character 1 /)
})
