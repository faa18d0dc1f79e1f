import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Moment } from '../kernel/moment.ts'
import { startError } from '../storage/start-error.ts'

export const lost = 'nothing can be read without it. Put it back from the backup of the keys.'

/**
 * The one line of base64 (RFC 4648, section 4) that is not a comment.
 * @throws StartError when the file is damaged, or open to others
 */
export function readKeyText(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) {
      throw startError(`${path} is open to other users of this machine. Run: chmod 600 ${path}`)
    }
    const [text, ...more] = readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .filter((line) => line !== '' && !line.startsWith('#'))
    const bytes = Buffer.from(text ?? '', 'base64')
    if (text === undefined || more.length > 0 || bytes.toString('base64') !== text) {
      throw startError(`${path} is damaged (it is not one line of base64), and ${lost}`)
    }
    return bytes
  } finally {
    closeSync(file)
  }
}

interface Text {
  readonly comment: string
  readonly content: Uint8Array
}

/** Makes a file that is there whole or not at all, also after a power failure. One that another process has made stays. */
export function createKeyText(path: string, text: Text, random: Moment['random']): void {
  const draft = writeDraft(path, text, random)
  try {
    // A link, other than a rename, never replaces.
    linkSync(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    unlinkSync(draft)
  }
  syncFolder(dirname(path))
}

/** Puts a file in the place of another: whoever looks finds the one or the other. */
export function replaceKeyText(path: string, text: Text, random: Moment['random']): void {
  renameSync(writeDraft(path, text, random), path)
  syncFolder(dirname(path))
}

function writeDraft(path: string, { comment, content }: Text, random: Moment['random']): string {
  const draft = `${path}.${Buffer.from(random(8)).toString('hex')}.tmp`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeFileSync(file, `${comment}${Buffer.from(content).toString('base64')}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return draft
}

export function removeKeyText(path: string): void {
  unlinkSync(path)
  syncFolder(dirname(path))
}

export function makeKeyFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  syncFolder(dirname(folder))
}

/** A new name is durable only when its folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
