import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import type { TlsPair } from './http/tls-door.ts'

/** Where an operator keeps certificate and key. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

/**
 * Certificate and key, read and tried together.
 * @throws Error, one sentence for the operator
 */
export async function readTlsPair({ certFile, keyFile }: TlsFiles): Promise<TlsPair> {
  const pair = { cert: await readText(certFile), key: await readText(keyFile) }
  try {
    if (!new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) throw new Error('they do not fit')
    createSecureContext(pair)
  } catch (error) {
    throw new Error(
      `${certFile} and ${keyFile} are not a certificate and its private key in PEM form (${messageOf(error)}).`,
    )
  }
  return pair
}

/** Rights of everybody but the owner and the group of a file. */
const ofOthers = 0o006

/**
 * What is careless about the rights on the key, in one sentence for the operator. No reason to refuse it: in many containers each
 * file is open to everybody, and nobody else is there.
 */
export async function findKeyRisk({ keyFile }: Pick<TlsFiles, 'keyFile'>): Promise<string | undefined> {
  // Whoever reads the file tells why it cannot be read.
  const found = await stat(keyFile).catch(() => undefined)
  if (found === undefined || (found.mode & ofOthers) === 0) return undefined
  return `${keyFile} is open to every user of this machine. Run: chmod o= ${keyFile} (in a container, give the secret the mode 0440).`
}

export interface TlsFileWatch {
  /** Looks whether the files have changed, and if they have, hands the new pair on. */
  reload(): Promise<void>
  stop(): void
}

interface TlsFileWatchOptions {
  readonly files: TlsFiles
  /** What was read from them last. */
  readonly current: TlsPair
  readonly everyMs: number
  readonly use: (pair: TlsPair) => void
  /** Told once of each state of the files that is of no use. The pair that was good stays. */
  readonly report: (error: unknown) => void
}

/** Follows the files while the server runs: whoever renews the certificate need not think of the server. */
export function watchTlsFiles({ files, current, everyMs, use, report }: TlsFileWatchOptions): TlsFileWatch {
  let mark = ''
  let inUse = current
  const reload = async () => {
    // Before the reading: what changes meanwhile is seen the next time.
    const found = await markOf(files)
    if (found === mark) return
    mark = found
    try {
      const pair = await readTlsPair(files)
      if (pair.cert === inUse.cert && pair.key === inUse.key) return
      use(pair)
      inUse = pair
    } catch (error) {
      report(error)
    }
  }
  const timer = setInterval(() => void reload(), everyMs).unref()
  return { reload, stop: () => clearInterval(timer) }
}

/** What differs when a file has been written, replaced or pointed elsewhere. */
async function markOf({ certFile, keyFile }: TlsFiles): Promise<string> {
  const marks = [certFile, keyFile].map(async (file) => {
    try {
      const { ino, size, mtimeMs, ctimeMs } = await stat(file)
      return [ino, size, mtimeMs, ctimeMs]
    } catch {
      return 'missing'
    }
  })
  return String(await Promise.all(marks))
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new Error(`The file ${file} cannot be read (${messageOf(error)}).`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
