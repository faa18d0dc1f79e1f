import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Addresses that are nobody's in particular (IANA special-purpose registries): private, local, for examples, for groups. */
const networks = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3',
  '::/96 ::1/128 64:ff9b:1::/48 100::/64 2001:db8::/32 3fff::/20 5f00::/16 fc00::/7 fe80::/10 ff00::/8',
].flatMap((line) => line.split(' '))

/** Tells whether an address has no place: it is nobody's in particular, or none at all. */
export function nowhere(): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [base = '', prefix] = network.split('/')
    list.addSubnet(base, Number(prefix), isIPv4(base) ? 'ipv4' : 'ipv6')
  }
  return (address) => {
    if (isIPv4(address)) return list.check(address, 'ipv4')
    return !isIPv6(address) || list.check(address, 'ipv6')
  }
}
