import { BlockList, isIP, isIPv4 } from 'node:net'
import { addressNumber, addressOf } from '../kernel/address.ts'
import { Fault } from '../kernel/fault.ts'
import { remember } from '../kernel/remember.ts'

/** The addresses that a client may call from. */
export interface AllowList {
  /** `address` in its one spelling (`canonicalAddress`). */
  admits(address: string): boolean
}

const anyAddress = 'any'

/** The largest networks that are one owner's: all that is larger is everybody, said in two or three entries. */
const widest = { 32: 8, 128: 16 } as const
/** fc00::/7, the private addresses of IPv6 (RFC 4193): nobody comes from there by way of the Internet. */
const uniqueLocal = { first: 0xfcn << 120n, prefix: 7 }
/** ::ffff:0:0/96, IPv4 inside IPv6: who calls from there is known by the IPv4 address. */
const mapped = { first: 0xffffn << 32n, prefix: 96 }

/**
 * One entry of a list: an address, a network in CIDR form, or the word `any`, unless `dangerOfAny` says what that would do. Undefined
 * when it is fit to be stored.
 */
export function findEntryProblem(entry: string, dangerOfAny?: string): string | undefined {
  if (entry === anyAddress) return dangerOfAny && `any ${dangerOfAny}`
  const [address = '', prefix, ...rest] = entry.split('/')
  // A zone (`fe80::1%eth0`) names an interface of this machine; a caller's address does not tell its own.
  const family = address.includes('%') ? 0 : isIP(address)
  if (family === 0 || rest.length > 0) {
    return `${entry} is not an address${dangerOfAny ? ' or a network (10.0.0.0/8)' : ', a network (10.0.0.0/8) or the word any'}`
  }
  if (prefix === undefined) return undefined
  const bits = family === 4 ? 32 : 128
  if (!/^(0|[1-9][0-9]{0,2})$/.test(prefix) || Number(prefix) > bits)
    return `${entry} has no prefix between 1 and ${bits}`
  return findNetworkProblem({ entry, number: addressNumber(address), prefix: Number(prefix), bits, dangerOfAny })
}

interface Network {
  readonly entry: string
  readonly number: bigint
  readonly prefix: number
  readonly bits: 32 | 128
  readonly dangerOfAny: string | undefined
}

function findNetworkProblem({ entry, number, prefix, bits, dangerOfAny }: Network): string | undefined {
  const isPrivate = bits === 128 && prefix >= uniqueLocal.prefix && covers(uniqueLocal, number)
  if (prefix === 0) {
    return dangerOfAny
      ? `${entry} is everybody, which ${dangerOfAny}`
      : `${entry} admits everybody; if you mean that, write any`
  }
  if (prefix < widest[bits] && !isPrivate) {
    const smaller = `name networks of /${widest[bits]} or smaller`
    return dangerOfAny
      ? `${entry} is half the world; ${smaller}`
      : `${entry} admits half the world; ${smaller}, or write any`
  }
  const hostBits = BigInt(bits - prefix)
  const first = (number >> hostBits) << hostBits
  if (bits === 128 && (covers({ first, prefix }, mapped.first) || covers(mapped, first))) {
    return `${entry} is about IPv4 addresses inside IPv6; write them as IPv4 (10.0.0.0/8)`
  }
  if (first === number) return undefined
  return `${entry} is an address within a network; write ${addressOf(first, bits)}/${prefix}, or the address alone`
}

function covers(network: { readonly first: bigint; readonly prefix: number }, address: bigint): boolean {
  const hostBits = BigInt(128 - network.prefix)
  return network.first >> hostBits === address >> hostBits
}

/** @throws Fault `invalid_request`, naming each entry that is not fit to be stored */
export function checkEntries(entries: readonly string[]): void {
  const errors = entries.flatMap((entry, index) => {
    const detail = findEntryProblem(entry)
    return detail === undefined ? [] : [{ pointer: `/allow/${index}`, code: 'invalid_address', detail }]
  })
  if (errors.length > 0) throw new Fault('invalid_request', { errors: errors.slice(0, 20) })
}

/** The list as a question that is cheap to ask: the answer for an address is remembered. Entries are sound already. */
export function allowList(entries: readonly string[]): AllowList {
  const list = new BlockList()
  for (const entry of entries) {
    if (entry === anyAddress) {
      list.addSubnet('0.0.0.0', 0, 'ipv4')
      list.addSubnet('::', 0, 'ipv6')
      continue
    }
    const [address = '', prefix] = entry.split('/')
    const family = isIPv4(address) ? 'ipv4' : 'ipv6'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return { admits: remember((address: string) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6'), 1024) }
}
