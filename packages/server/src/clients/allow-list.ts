import { BlockList, isIP, isIPv4 } from 'node:net'

/** The addresses that a client may call from. */
export interface AllowList {
  /** `address` in its one spelling (`canonicalAddress`). */
  admits(address: string): boolean
}

const anyAddress = 'any'
const rememberedAtMost = 1024

/** One entry of a list: an address, a network in CIDR form, or the word `any`. Undefined when it is fit to be stored. */
export function findEntryProblem(entry: string): string | undefined {
  if (entry === anyAddress) return undefined
  const [address = '', prefix, ...rest] = entry.split('/')
  // A zone (`fe80::1%eth0`) names an interface of this machine; a caller's address does not tell its own.
  const family = address.includes('%') ? 0 : isIP(address)
  if (family === 0 || rest.length > 0) return `${entry} is not an address, a network (10.0.0.0/8) or the word any`
  if (prefix === undefined) return undefined
  const bits = family === 4 ? 32 : 128
  if (!/^(0|[1-9][0-9]{0,2})$/.test(prefix) || Number(prefix) > bits)
    return `${entry} has no prefix between 1 and ${bits}`
  if (prefix === '0') return `${entry} admits everybody; if you mean that, write any`
  return undefined
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
  const remembered = new Map<string, boolean>()
  return {
    admits(address) {
      const known = remembered.get(address)
      if (known !== undefined) return known
      const admitted = list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
      if (remembered.size >= rememberedAtMost) remembered.clear()
      remembered.set(address, admitted)
      return admitted
    },
  }
}
