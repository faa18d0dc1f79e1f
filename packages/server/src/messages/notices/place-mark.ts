import { isIPv4 } from 'node:net'
import { sha256 } from '../../crypto/sha256.ts'
import { nameAgent } from '../templates/words.ts'

/**
 * What makes two sign-ins look alike to their owner: the program, the system and the network that the address is in
 * (16 bits of IPv4, 32 of IPv6). Not the version and not the address: those change by themselves.
 */
export function markPlace(ipAddress: string | null, userAgent: string | null): Buffer {
  return sha256(JSON.stringify([networkOf(ipAddress ?? ''), nameAgent(userAgent ?? '', 'en')]))
}

function networkOf(address: string): string {
  if (isIPv4(address)) return address.split('.').slice(0, 2).join('.')
  // In its short form; what stands before `::` is all that such an address has of a network.
  return address.split('::', 1)[0]?.split(':').slice(0, 2).join(':') ?? ''
}
