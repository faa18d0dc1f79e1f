import assert from 'node:assert/strict'
import { pbkdf2Sync, scryptSync } from 'node:crypto'
import { test } from 'node:test'
import { matchesForeignHash, readForeignHash } from './foreign-hash.ts'

const ab64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '').replaceAll('+', '.')
const salt = Buffer.from('f1e2d3c4b5a69788796a5b4c3d2e1f00', 'hex')
const password = 'correct horse'
const words = Buffer.from(password)

/** Made by Node as the other systems say they make them, and vectors of theirs and of the standards where there are. */
const good: Readonly<Record<string, readonly [password: string, hash: string]>> = {
  // RFC 7914, section 12, in the form of passlib.
  'scrypt of RFC 7914': [
    'password',
    `$scrypt$ln=10,r=8,p=16$${Buffer.from('NaCl').toString('base64').replaceAll('=', '')}$${Buffer.from('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640', 'hex').toString('base64').replaceAll('=', '')}`,
  ],
  werkzeug: [
    password,
    `scrypt:32768:8:1$pinch$${scryptSync(words, 'pinch', 64, { N: 32_768, r: 8, p: 1, maxmem: 2 ** 27 }).toString('hex')}`,
  ],
  'better-auth': [
    password,
    `${salt.toString('hex')}:${scryptSync(words, salt.toString('hex'), 64, { N: 16_384, r: 16, p: 1, maxmem: 2 ** 27 }).toString('hex')}`,
  ],
  // RFC 6070, the vector of 4096 rounds and 20 bytes.
  'PBKDF2 of RFC 6070': [
    'password',
    `$pbkdf2$4096$${ab64(Buffer.from('salt'))}$${ab64(Buffer.from('4b007901b765489abead49d926f721d065a429c1', 'hex'))}`,
  ],
  // From the documentation of passlib; the second has a point for a plus sign.
  passlib: ['password', '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44'],
  'passlib, again': [
    'toomanysecrets',
    '$pbkdf2-sha256$29000$N2YMIWQsBWBMae09x1jrPQ$1t8iyB2A.WF/Z5JZv.lfCIhXXN33N23OSgQYThBYRfk',
  ],
  django: [password, `pbkdf2_sha256$1000$pinch$${pbkdf2Sync(words, 'pinch', 1000, 32, 'sha256').toString('base64')}`],
  'sha512 in PHC form': [
    password,
    `$pbkdf2-sha512$i=1000,l=64$${ab64(salt)}$${ab64(pbkdf2Sync(words, salt, 1000, 64, 'sha512'))}`,
  ],
}

for (const [system, [right, text]] of Object.entries(good)) {
  test(`the hash of another system knows its password: ${system}`, async () => {
    const hash = readForeignHash(text)
    assert.ok(hash && hash.kind !== 'argon2')
    assert.equal(await matchesForeignHash(hash, Buffer.from(right)), true)
    assert.equal(await matchesForeignHash(hash, Buffer.from(`${right} `)), false)
  })
}

test('what costs too much, is too short or is of another kind is not taken', () => {
  const key = ab64(Buffer.alloc(32))
  const others = [
    '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
    '5f4dcc3b5aa765d61d8327deb882cf99',
    `$scrypt$ln=22,r=8,p=1$${key}$${key}`,
    `$scrypt$ln=15,r=8,p=99$${key}$${key}`,
    `scrypt:1000:8:1$x$${'00'.repeat(32)}`,
    `$scrypt$ln=10,r=8,p=1$${key}$${ab64(Buffer.alloc(8))}`,
    `$pbkdf2-sha256$2000001$${key}$${key}`,
    `$pbkdf2-sha256$0$${key}$${key}`,
    `$pbkdf2-md5$1000$${key}$${key}`,
    '$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA',
    '',
    'x'.repeat(100_000),
  ]
  for (const text of others) assert.equal(readForeignHash(text), undefined, text.slice(0, 40))
  assert.equal(readForeignHash('$argon2i$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA')?.kind, 'argon2')
})
