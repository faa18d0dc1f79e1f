import { isIPv6 } from 'node:net'
import { canonicalAddress } from '../kernel/address.ts'

/** What counts as one source: an IPv4 address, or the first 64 bits of an IPv6 address, which one machine has all of. */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address
  const canonical = canonicalAddress(address) ?? address
  if (!isIPv6(canonical)) return canonical
  const [head = '', tail = ''] = canonical.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === '' ? [] : tail.split(':')
  const zeros = canonical.includes('::') ? Array(8 - first.length - last.length).fill('0') : []
  return `${[...first, ...zeros, ...last].slice(0, 4).join(':')}::/64`
}
