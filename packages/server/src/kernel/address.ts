import { isIP, SocketAddress } from 'node:net'

/** `::ffff:0:10.0.0.1` and `::ffff:1:2:3` begin alike and are something else. */
const mappedForm = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/

/**
 * One spelling for each address: IPv4 in dots, also when it came mapped into IPv6 (`::ffff:10.0.0.1`), IPv6 as RFC 5952
 * has it. Undefined for what is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  if (text === '') return undefined
  const family = isIP(text)
  if (family === 4) return text
  if (family === 0) return undefined
  const { address } = new SocketAddress({ address: text.replace(/%.*$/, ''), family: 'ipv6' })
  return mappedForm.exec(address)?.[1] ?? address
}

/** The number that an address stands for, of 32 bits or of 128. The address is one (`isIP`), without a zone. */
export function addressNumber(address: string): bigint {
  if (isIP(address) === 4) return dottedNumber(address)
  const dotted = /[0-9.]*\.[0-9.]*$/.exec(address)?.[0]
  const tail = dotted === undefined ? '' : dottedNumber(dotted).toString(16).padStart(8, '0')
  const plain =
    dotted === undefined ? address : `${address.slice(0, -dotted.length)}${tail.slice(0, 4)}:${tail.slice(4)}`
  const [left = [], right = []] = plain.split('::').map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  return BigInt(`0x${[...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('')}`)
}

function dottedNumber(address: string): bigint {
  return address.split('.').reduce((number, part) => number * 256n + BigInt(part), 0n)
}

/** The address of 32 or 128 bits that a number stands for, in its one spelling. */
export function addressOf(number: bigint, bits: 32 | 128): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join('.')
  const groups = number.toString(16).padStart(32, '0').match(/.{4}/g) ?? []
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}

/**
 * An address as bytes that sort as addresses do, so that a network is one range: a byte for the family, then the number.
 * The address is in its one spelling; null for what is no address.
 */
export function addressKey(address: string): Uint8Array | null {
  const family = isIP(address)
  if (family === 0) return null
  if (family === 4) return Uint8Array.of(4, ...address.split('.').map(Number))
  return keyOf(6, addressNumber(address), 128)
}

/** The first and the last key of a network in CIDR form; bits behind the prefix are of no account. */
export function networkKeys(cidr: string): { readonly first: Uint8Array; readonly last: Uint8Array } {
  const [address = '', prefix] = cidr.split('/')
  const [family, bits] = isIP(address) === 4 ? ([4, 32] as const) : ([6, 128] as const)
  const hostBits = BigInt(bits - Number(prefix))
  const first = (addressNumber(address) >> hostBits) << hostBits
  return { first: keyOf(family, first, bits), last: keyOf(family, first + (1n << hostBits) - 1n, bits) }
}

function keyOf(family: 4 | 6, number: bigint, bits: 32 | 128): Uint8Array {
  return Buffer.from(`0${family}${number.toString(16).padStart(bits / 4, '0')}`, 'hex')
}

/** The host of a URL: an IPv6 address without the brackets that it has there. */
export function hostOf(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** Whether a name or an address is this machine itself. */
export function isLoopback(host: string): boolean {
  const address = canonicalAddress(host)
  return host === 'localhost' || address === '::1' || address?.startsWith('127.') === true
}
