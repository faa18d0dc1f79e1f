import { z } from 'zod'
import { type Context, commit } from '../context.ts'
import { HotpData } from '../factors/hotp/hotp-token.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { findTokenRow, insertToken } from './hardware-token.store.ts'
import type { FileKey } from './open-pskc-values.ts'
import { readCsvSeeds } from './read-csv-seeds.ts'
import { sealSeed } from './stock.ts'
import type { TokenSeed } from './token-seed.ts'

export const largestFile = 1_048_576

export type Imported =
  | { readonly ok: true; readonly count: number }
  /** One sentence for each thing that is wrong. Nothing was imported. */
  | { readonly ok: false; readonly errors: readonly string[] }

const Serial = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
const shortestSecret = 16
const longestSecret = 64

/** Puts the tokens of a file into the stock: all of them or none. XML is read as PSKC, everything else as CSV. */
export async function importTokens(ctx: Context, keys: Keyring, file: string, key: FileKey): Promise<Imported> {
  if (file.length > largestFile) return { ok: false, errors: ['The file is larger than 1 MiB; split it.'] }
  const read = /^\uFEFF?\s*</.test(file) ? await readPskc(file, key) : readCsvSeeds(file)
  if (!read.ok) return read
  const errors = await findFaults(ctx, read.seeds)
  if (errors.length > 0) return { ok: false, errors }
  const writes = read.seeds.map((seed) =>
    insertToken({
      tenant_id: ctx.tenantId,
      serial: seed.serial,
      sealed: sealSeed(ctx, keys, seed.serial, HotpData.parse(dataOf(seed))),
      factor_id: null,
      created_at: ctx.now.getTime(),
    }),
  )
  const event = record(ctx, { type: 'hardware_tokens.imported', data: { count: writes.length } })
  const committed = await commit(ctx, [...writes, event])
  if (!committed.done) return { ok: false, errors: ['Somebody else imported some of these tokens just now.'] }
  return { ok: true, count: writes.length }
}

/** The reader of XML is loaded when there is XML to read. */
async function readPskc(file: string, key: FileKey) {
  const { readPskcSeeds } = await import('./read-pskc-seeds.ts')
  return readPskcSeeds(file, key)
}

async function findFaults(ctx: Context, seeds: readonly TokenSeed[]): Promise<readonly string[]> {
  if (seeds.length === 0) return ['There is no token in the file.']
  const errors: string[] = []
  const seen = new Set<string>()
  for (const seed of seeds) {
    const bytes = seed.secret.length
    const say = (fault: string) => errors.push(`Token ${seed.serial.slice(0, 64)}: ${fault}.`)
    if (!Serial.safeParse(seed.serial).success) say('a serial number has up to 64 letters, digits, dots and hyphens')
    else if (seen.has(seed.serial)) say('it stands twice in the file')
    else if (await findTokenRow(ctx.db, ctx.tenantId, seed.serial)) say('it is in the stock already')
    if (bytes < shortestSecret || bytes > longestSecret) {
      say(`a seed has ${shortestSecret} to ${longestSecret} bytes, this one ${bytes}`)
    } else if (!HotpData.safeParse(dataOf(seed)).success || BigInt(seed.counter) >= 2n ** 64n) {
      say('it has 6 or 8 digits, and a counter of 64 bits')
    }
    seen.add(seed.serial)
  }
  return errors
}

function dataOf({ secret, algorithm, digits, counter }: TokenSeed): unknown {
  return { key: Buffer.from(secret).toString('base64url'), algorithm, digits, counter }
}
