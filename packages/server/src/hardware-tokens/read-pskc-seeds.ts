import { type FileKey, type OpenValue, openPskcValues } from './open-pskc-values.ts'
import { type Element, findElement, readXml } from './read-xml.ts'
import type { SeedFile, TokenSeed } from './token-seed.ts'

/** Seeds from a Portable Symmetric Key Container (RFC 6030), in the clear or encrypted. */
export function readPskcSeeds(text: string, key: FileKey): SeedFile {
  let packages: readonly Element[]
  let openValue: OpenValue
  try {
    const container = readXml(text)
    if (container.name !== 'KeyContainer') throw new Error('the first element is not KeyContainer')
    packages = container.children.filter(({ name }) => name === 'KeyPackage')
    openValue = openPskcValues(container, key)
  } catch (error) {
    return { ok: false, errors: [`The file cannot be read: ${messageOf(error)}`] }
  }
  const errors: string[] = []
  const seeds: TokenSeed[] = []
  for (const [index, each] of packages.entries()) {
    const serial = findElement(each, 'DeviceInfo', 'SerialNo')?.text
    try {
      if (!serial) throw new Error('it has no serial number')
      seeds.push({ serial, ...readKey(findElement(each, 'Key'), openValue) })
    } catch (error) {
      errors.push(`Token ${serial ?? `number ${index + 1}`}: ${messageOf(error)}.`)
    }
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, seeds }
}

function readKey(key: Element | undefined, openValue: OpenValue): Omit<TokenSeed, 'serial'> {
  if (key?.attributes['Algorithm'] !== 'urn:ietf:params:xml:ns:keyprov:pskc:hotp') {
    throw new Error('it is no HOTP token')
  }
  const format = findElement(key, 'AlgorithmParameters', 'ResponseFormat')?.attributes ?? {}
  if ((format['Encoding'] ?? 'DECIMAL') !== 'DECIMAL') throw new Error('its codes are not decimal digits')
  const secret = findElement(key, 'Data', 'Secret')
  if (!secret) throw new Error('its secret is not in the file')
  const counter = findElement(key, 'Data', 'Counter')
  return {
    secret: openValue(secret),
    algorithm: algorithmOf(findElement(key, 'AlgorithmParameters', 'Suite')?.text ?? ''),
    digits: Number(format['Length'] ?? 6),
    counter: counter ? counterOf(counter, openValue) : '0',
  }
}

function algorithmOf(suite: string): TokenSeed['algorithm'] {
  const bits = /^(?:HMAC-?)?SHA-?(1|256|512)$/i.exec(suite || 'SHA1')?.[1]
  if (bits === undefined) throw new Error(`we do not know its algorithm ${suite.slice(0, 40)}`)
  return `sha${bits as '1' | '256' | '512'}`
}

/** A counter is a number in the clear, and eight bytes where it is encrypted (RFC 6030, section 4.2). */
function counterOf(counter: Element, openValue: OpenValue): string {
  const plain = findElement(counter, 'PlainValue')
  if (plain) return plain.text
  return String(BigInt(`0x${Buffer.from(openValue(counter)).toString('hex') || '0'}`))
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
