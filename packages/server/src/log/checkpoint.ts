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
  const key = Buffer.concat([Buffer.of(ed25519Type), publicKey]).toString('base64')
  return `${origin}+${keyHash(origin, publicKey).toString('hex')}+${key}`
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

function keyHash(name: string, publicKey: Uint8Array): Buffer {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), Buffer.of(ed25519Type), publicKey])).subarray(0, 4)
}

function isSignatureOf(line: string, origin: string, text: Uint8Array, publicKeys: readonly Uint8Array[]): boolean {
  const start = `— ${origin} `
  if (!line.startsWith(start)) return false
  const bytes = Buffer.from(line.slice(start.length), 'base64')
  return publicKeys.some(
    (key) => keyHash(origin, key).equals(bytes.subarray(0, 4)) && isSignedBy(key, text, bytes.subarray(4)),
  )
}
