import { isIPv6 } from 'node:net'
import { canonicalAddress } from '../kernel/address.ts'

/** What counts as one source: an IPv4 address, or the first 64 bits of an IPv6 address, which one machine has all of. */
export function sourceOf(address: string): string {
  return prefixOf(address, 4)
}

/** What a stranger has as easily as one address: an IPv4 address, or the first 48 bits of an IPv6 address. */
export function networkOf(address: string): string {
  return prefixOf(address, 3)
}

/** The first groups of 16 bits of an IPv6 address. */
function prefixOf(address: string, groups: number): string {
  if (!address.includes(':')) return address
  const canonical = canonicalAddress(address) ?? address
  if (!isIPv6(canonical)) return canonical
  const [head = '', tail = ''] = canonical.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === '' ? [] : tail.split(':')
  const zeros = canonical.includes('::') ? Array(8 - first.length - last.length).fill('0') : []
  return `${[...first, ...zeros, ...last].slice(0, groups).join(':')}::/${16 * groups}`
}
