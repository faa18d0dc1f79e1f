import { decodeBase32 } from '../factors/base32.ts'
import type { SeedFile, TokenSeed } from './token-seed.ts'

const columns = ['serial', 'secret_hex', 'secret_base32', 'counter', 'digits', 'algorithm'] as const
type Column = (typeof columns)[number]

/**
 * Seeds from a table whose first line names its columns: `serial` and `secret_hex` or `secret_base32`, and, where they are not the
 * usual ones, `counter` (0), `digits` (6) and `algorithm` (sha1). Commas or semicolons stand between.
 */
export function readCsvSeeds(text: string): SeedFile {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  const separator = head.includes(';') ? ';' : ','
  const names = head.split(separator).map((name) => unquote(name).toLowerCase())
  const unknown = names.filter((name) => !(columns as readonly string[]).includes(name))
  const hasSecret = names.includes('secret_hex') !== names.includes('secret_base32')
  if (unknown.length > 0 || new Set(names).size < names.length || !names.includes('serial') || !hasSecret) {
    const wanted = 'serial and secret_hex or secret_base32, and may have counter, digits and algorithm'
    return { ok: false, errors: [`The first line must name the columns ${wanted}.`] }
  }
  const errors: string[] = []
  const seeds: TokenSeed[] = []
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const cells = line.split(separator).map(unquote)
    const cell = (name: Column) => cells[names.indexOf(name)] || undefined
    const secret = decodeHex(cell('secret_hex')) ?? decodeBase32(cell('secret_base32') ?? '!')
    const algorithm = (cell('algorithm') ?? 'sha1').toLowerCase().replace(/^(hmac-?)?sha-?/, 'sha')
    const serial = cell('serial')
    if (cells.length !== names.length || serial === undefined || !secret || !isAlgorithm(algorithm)) {
      errors.push(`Line ${index + 2} cannot be read: look at the number of its cells, the secret and the algorithm.`)
      continue
    }
    const digits = Number(cell('digits') ?? 6)
    seeds.push({ serial, secret, algorithm, digits, counter: cell('counter') ?? '0' })
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, seeds }
}

function unquote(cell: string): string {
  return cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim()
}

function decodeHex(text: string | undefined): Uint8Array | undefined {
  const digits = text?.replace(/[\s:-]/g, '')
  return digits && /^([0-9A-Fa-f]{2})+$/.test(digits) ? Buffer.from(digits, 'hex') : undefined
}

function isAlgorithm(name: string): name is TokenSeed['algorithm'] {
  return name === 'sha1' || name === 'sha256' || name === 'sha512'
}
