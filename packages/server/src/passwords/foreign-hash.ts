import { pbkdf2, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { equal } from '../crypto/equal.ts'

/** How another system hashed a password, as far as we can do the same. */
export type ForeignHash =
  | { readonly kind: 'argon2'; readonly text: string }
  | { readonly kind: 'scrypt'; readonly cost: ScryptCost; readonly salt: Uint8Array; readonly key: Uint8Array }
  | {
      readonly kind: 'pbkdf2'
      readonly digest: 'sha1' | 'sha256' | 'sha512'
      readonly iterations: number
      readonly salt: Uint8Array
      readonly key: Uint8Array
    }

interface ScryptCost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** More than this would let one sign-in hold a core for seconds. */
const mostIterations = 2_000_000
const mostMemoryBytes = 256 * 1024 * 1024
const mostPasses = 10
/** What is shorter is found by guessing the key. */
const shortestKeyBytes = 16

type Form = readonly [pattern: RegExp, read: (parts: Readonly<Record<string, string>>) => ForeignHash | undefined]

/** The usual ways to write hashes down. */
const forms: readonly Form[] = [
  // RFC 9106 in PHC form.
  [
    /^\$argon2(?:id|i|d)\$(?:v=\d+\$)?m=(?<memory>\d+),t=(?<passes>\d+),p=(?<lanes>\d+)\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/,
    ({ text = '', memory, passes }) =>
      Number(memory) * 1024 <= mostMemoryBytes && Number(passes) <= mostPasses ? { kind: 'argon2', text } : undefined,
  ],
  // Passlib and PHC: $scrypt$ln=16,r=8,p=1$salt$key.
  [
    /^\$scrypt\$ln=(?<log>\d+),r=(?<r>\d+),p=(?<p>\d+)\$(?<salt>[A-Za-z0-9+/.]+)\$(?<key>[A-Za-z0-9+/.]+)$/,
    ({ log, r, p, salt, key }) =>
      scryptHash({ N: 2 ** Number(log), r: Number(r), p: Number(p) }, fromBase64(salt), fromBase64(key)),
  ],
  // Werkzeug (Flask): scrypt:32768:8:1$salt$key, the salt as text, the key in hexadecimal.
  [
    /^scrypt:(?<N>\d+):(?<r>\d+):(?<p>\d+)\$(?<salt>[^$]+)\$(?<key>[0-9a-f]+)$/,
    ({ N, r, p, salt, key }) => scryptHash({ N: Number(N), r: Number(r), p: Number(p) }, fromText(salt), fromHex(key)),
  ],
  // better-auth: salt:key, the salt as the text of its hexadecimal.
  [
    /^(?<salt>[0-9a-f]{32}):(?<key>[0-9a-f]{128})$/,
    ({ salt, key }) => scryptHash({ N: 16_384, r: 16, p: 1 }, fromText(salt), fromHex(key)),
  ],
  // Passlib: $pbkdf2-sha256$29000$salt$key; without a digest it is SHA-1.
  [
    /^\$pbkdf2(?:-(?<digest>sha1|sha256|sha512))?\$(?:i=)?(?<iterations>\d+)(?:,l=\d+)?\$(?<salt>[A-Za-z0-9+/.]+)\$(?<key>[A-Za-z0-9+/.]+)$/,
    ({ digest = 'sha1', iterations, salt, key }) =>
      pbkdf2Hash(digest, Number(iterations), fromBase64(salt), fromBase64(key)),
  ],
  // Django: pbkdf2_sha256$600000$salt$key, the salt as text.
  [
    /^pbkdf2_(?<digest>sha1|sha256)\$(?<iterations>\d+)\$(?<salt>[^$]+)\$(?<key>[A-Za-z0-9+/]+=*)$/,
    ({ digest = '', iterations, salt, key }) => pbkdf2Hash(digest, Number(iterations), fromText(salt), fromBase64(key)),
  ],
]

/** Reads a hash of another system; undefined when its form is not known, or when it would cost too much. */
export function readForeignHash(text: string): ForeignHash | undefined {
  for (const [pattern, read] of forms) {
    const match = pattern.exec(text)
    if (match) return read({ ...match.groups, text })
  }
  return undefined
}

function scryptHash(cost: ScryptCost, salt: Uint8Array, key: Uint8Array): ForeignHash | undefined {
  const isPower = Number.isInteger(Math.log2(cost.N)) && cost.N >= 2
  const isPayable = isPower && 128 * cost.N * cost.r * cost.p <= mostMemoryBytes
  return isPayable && key.length >= shortestKeyBytes ? { kind: 'scrypt', cost, salt, key } : undefined
}

function pbkdf2Hash(digest: string, iterations: number, salt: Uint8Array, key: Uint8Array): ForeignHash | undefined {
  if (iterations < 1 || iterations > mostIterations || key.length < shortestKeyBytes) return undefined
  return { kind: 'pbkdf2', digest: digest as 'sha1' | 'sha256' | 'sha512', iterations, salt, key }
}

/** Whether this is the password. Argon2 is for whoever has it to judge. */
export async function matchesForeignHash(
  hash: Exclude<ForeignHash, { kind: 'argon2' }>,
  password: Uint8Array,
): Promise<boolean> {
  const { salt, key } = hash
  if (hash.kind === 'pbkdf2') {
    return equal(await promisify(pbkdf2)(password, salt, hash.iterations, key.length, hash.digest), key)
  }
  return equal(await scryptOf(password, salt, key.length, hash.cost), key)
}

function scryptOf(password: Uint8Array, salt: Uint8Array, bytes: number, cost: ScryptCost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, { ...cost, maxmem: 2 * mostMemoryBytes }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

/** Passlib writes a point where the usual alphabet has a plus sign. */
function fromBase64(text = ''): Uint8Array {
  return Buffer.from(text.replaceAll('.', '+'), 'base64')
}

function fromText(text = ''): Uint8Array {
  return Buffer.from(text, 'utf8')
}

function fromHex(text = ''): Uint8Array {
  return Buffer.from(text, 'hex')
}
