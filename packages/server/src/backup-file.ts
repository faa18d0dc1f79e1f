import { createHash, type Hash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { z } from 'zod'
import { startError } from './storage/start-error.ts'

/**
 * What a backup says of itself, at its end: the encrypted database file comes first, so that it is written once and hashed
 * as it lies there. Then this as JSON, its length (32 bits, big endian) and eight letters.
 */
const Manifest = z.strictObject({
  format: z.literal(1),
  /** When its contents were as they are. */
  made_at: z.iso.datetime(),
  /** Of the database file in it. */
  bytes: z.int().min(0),
  sha256: z.hex(),
  /** The one key that is needed to restore it. */
  key_encryption_key: z.string(),
  /** The key of the database file, sealed by that one and bound to all of the above. */
  database_key: z.base64(),
})
export type Manifest = z.infer<typeof Manifest>

const ending = Buffer.from('GHBACKUP')
const tailBytes = 4 + ending.length
const longestManifest = 64 * 1024

/** Puts the manifest behind the database file that is there, durably. */
export function sealOff(path: string, manifest: Manifest): void {
  const text = Buffer.from(JSON.stringify(manifest))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  const file = openSync(path, 'a')
  try {
    writeSync(file, Buffer.concat([text, length, ending]))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** @throws StartError when it is no backup, or not all of one */
export function readManifest(path: string): Manifest {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const tail = readAt(file, size - tailBytes, tailBytes)
    if (!tail.subarray(4).equals(ending)) throw damaged(path, 'it has no end')
    const length = tail.readUInt32BE(0)
    if (length > longestManifest) throw damaged(path, 'its end is not ours')
    const parsed = Manifest.safeParse(parseJson(readAt(file, size - tailBytes - length, length)))
    if (!parsed.success) throw damaged(path, 'its end is not ours')
    const { bytes } = parsed.data
    if (bytes + length + tailBytes !== size) throw damaged(path, `it holds ${size} bytes and not all that it had`)
    return parsed.data
  } finally {
    closeSync(file)
  }
}

/** Copies the database file out of a backup. @throws StartError when it is not the one that was put in */
export function unpack(path: string, { bytes, sha256 }: Manifest, target: string): void {
  const from = openSync(path, 'r')
  try {
    const to = openSync(target, 'wx', 0o600)
    try {
      const digest = walk(from, bytes, (chunk) => writeSync(to, chunk))
      fsyncSync(to)
      if (digest !== sha256) throw damaged(path, 'its checksum does not fit')
    } finally {
      closeSync(to)
    }
  } finally {
    closeSync(from)
  }
}

/** SHA-256 of a file, in hexadecimal, and its size. */
export function digestFile(path: string): { readonly bytes: number; readonly sha256: string } {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    return { bytes: size, sha256: walk(file, size, () => undefined) }
  } finally {
    closeSync(file)
  }
}

function walk(file: number, bytes: number, take: (chunk: Buffer) => unknown): string {
  const hash: Hash = createHash('sha256')
  const chunk = Buffer.alloc(1024 * 1024)
  for (let at = 0; at < bytes; ) {
    const read = readSync(file, chunk, 0, Math.min(chunk.length, bytes - at), at)
    if (read === 0) break
    hash.update(chunk.subarray(0, read))
    take(chunk.subarray(0, read))
    at += read
  }
  return hash.digest('hex')
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  if (position >= 0) readSync(file, bytes, 0, length, position)
  return bytes
}

function parseJson(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    return undefined
  }
}

function damaged(path: string, how: string): Error {
  return startError(`${path} is no backup, or a damaged one: ${how}. Take another one.`)
}
