import { isIP, SocketAddress } from 'node:net'

/** `::ffff:0:10.0.0.1` and `::ffff:1:2:3` begin alike and are something else. */
const mappedForm = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/

/**
 * One spelling for each address: IPv4 in dots, also when it came mapped into IPv6 (`::ffff:10.0.0.1`), IPv6 as RFC 5952
 * has it. Undefined for what is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const family = isIP(text)
  if (family === 4) return text
  if (family === 0) return undefined
  const { address } = new SocketAddress({ address: text.replace(/%.*$/, ''), family: 'ipv6' })
  return mappedForm.exec(address)?.[1] ?? address
}
