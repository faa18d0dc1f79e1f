import { BlockList, isIPv4 } from 'node:net'
import { canonicalAddress } from '../kernel/address.ts'

/** What is not out in the Internet, of IPv4 (the IANA registry of special-purpose addresses, and multicast). */
const insideV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/** The part of IPv6 that is given out (global unicast). All else is private, local, or leads back into IPv4. */
const outsideV6 = ['2000::', 3] as const
/** Within it: protocol assignments with Teredo, documentation, and 6to4, which may hold any IPv4 address. */
const insideV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

/**
 * Judges addresses that somebody else has named: true for those that are anybody's, false for this machine, its network,
 * and the metadata services of clouds. What is no address is false.
 */
export function publicAddresses(): (address: string) => boolean {
  const inside = new BlockList()
  for (const [network, prefix] of insideV4) inside.addSubnet(network, prefix, 'ipv4')
  for (const [network, prefix] of insideV6) inside.addSubnet(network, prefix, 'ipv6')
  const outside = new BlockList()
  outside.addSubnet(...outsideV6, 'ipv6')
  return (text) => {
    const address = canonicalAddress(text)
    if (address === undefined) return false
    if (isIPv4(address)) return !inside.check(address, 'ipv4')
    return outside.check(address, 'ipv6') && !inside.check(address, 'ipv6')
  }
}
