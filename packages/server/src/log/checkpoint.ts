import { isSignedBy, type SigningKey } from '../crypto/ed25519.ts'
import { sha256 } from '../crypto/sha256.ts'

/** What a signature stands for: this log had so many leaves, and this was its root. */
export interface Checkpoint {
  /** The name of the log, and of its key. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

/** A checkpoint as text with one signature (C2SP tlog-checkpoint, signed-note). */
export function signCheckpoint(checkpoint: Checkpoint, key: SigningKey): string {
  const { origin, size, root } = checkpoint
  const text = `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
  const signature = Buffer.concat([keyHash(origin, key.publicKey), key.sign(Buffer.from(text))])
  return `${text}\n— ${origin} ${signature.toString('base64')}\n`
}

/** The public key as text that others can be given (C2SP signed-note, `vkey`). */
export function verifierKey(origin: string, publicKey: Uint8Array): string {
  return showKey(origin, ed25519Type, publicKey)
}

/** The log and its key that such a text names; undefined when it is none, or of another kind of key. */
export function parseVerifierKey(
  text: string,
): { readonly origin: string; readonly publicKey: Uint8Array } | undefined {
  const [, origin = '', key = ''] = /^([^+\s]{1,200})\+[0-9a-f]{8}\+([A-Za-z0-9+/]{44})$/.exec(text) ?? []
  const publicKey = Buffer.from(key, 'base64').subarray(1)
  return verifierKey(origin, publicKey) === text ? { origin, publicKey } : undefined
}

/** Who says that a log has only grown. */
interface Cosigner {
  readonly name: string
  readonly key: SigningKey
}

/** The line by which a witness signs a checkpoint, with the time at which it was the newest (C2SP tlog-cosignature). */
export function cosign(note: string, { name, key }: Cosigner, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000)
  const text = `cosignature/v1\ntime ${seconds}\n${note.slice(0, note.indexOf('\n\n') + 1)}`
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(seconds))
  const id = keyHash(name, key.publicKey, cosignatureType)
  return `— ${name} ${Buffer.concat([id, time, key.sign(Buffer.from(text))]).toString('base64')}\n`
}

/** The public key of a witness as text that others can be given. */
export function cosignerKey({ name, key }: Cosigner): string {
  return showKey(name, cosignatureType, key.publicKey)
}

/** What a text says, if one of the keys has signed it; lines of other signers are allowed (witnesses). */
export function openCheckpoint(note: string, publicKeys: readonly Uint8Array[]): Checkpoint | undefined {
  const end = note.indexOf('\n\n')
  if (end < 0) return undefined
  const text = note.slice(0, end + 1)
  const [origin = '', size = '', root = ''] = text.split('\n')
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size)) return undefined
  const isSigned = note
    .slice(end + 2)
    .split('\n')
    .some((line) => isSignatureOf(line, origin, Buffer.from(text), publicKeys))
  return isSigned ? { origin, size: Number(size), root: Buffer.from(root, 'base64') } : undefined
}

const ed25519Type = 1
const cosignatureType = 4

function showKey(name: string, type: number, publicKey: Uint8Array): string {
  const key = Buffer.concat([Buffer.of(type), publicKey]).toString('base64')
  return `${name}+${keyHash(name, publicKey, type).toString('hex')}+${key}`
}

function keyHash(name: string, publicKey: Uint8Array, type = ed25519Type): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(type), publicKey])).subarray(0, 4)
}

function isSignatureOf(line: string, origin: string, text: Uint8Array, publicKeys: readonly Uint8Array[]): boolean {
  const start = `— ${origin} `
  if (!line.startsWith(start)) return false
  const bytes = Buffer.from(line.slice(start.length), 'base64')
  return publicKeys.some(
    (key) => keyHash(origin, key).equals(bytes.subarray(0, 4)) && isSignedBy(key, text, bytes.subarray(4)),
  )
}
