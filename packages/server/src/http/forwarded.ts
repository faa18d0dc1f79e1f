import { isIP } from 'node:net'
import { canonicalAddress } from '../kernel/address.ts'

/** The headers by which a proxy can say for whom it calls. An installation goes by one of them; the other counts for nothing. */
export const forwardedHeaders = ['x-forwarded-for', 'forwarded'] as const
export type ForwardedHeader = (typeof forwardedHeaders)[number]

/** A machine as the proxy that it called tells of it. */
export interface Caller {
  /** In its one spelling. */
  readonly address: string
  /** `https` or `http`; only Forwarded says it. */
  readonly proto: string | undefined
}

const longestField = 4096
const mostHops = 32

/**
 * Who calls a trusted proxy, read from the right: each proxy adds at the right the machine that called it, so the first
 * hop there that is not a trusted proxy itself is the caller, and everything further left is what the caller wrote. When
 * all are trusted, the first of them calls on its own behalf. Undefined, and to be refused, when a hop that counts is not
 * plainly an address (RFC 7239, section 6: `unknown` and `_hidden` are none), or when there is more text than proxies write.
 */
export function findCaller(
  header: ForwardedHeader,
  field: string,
  isTrusted: (address: string) => boolean,
): Caller | undefined {
  if (field.length > longestField) return undefined
  const hops = hopsFromTheRight(field)
  if (hops.length > mostHops) return undefined
  const readHop = header === 'forwarded' ? readElement : readListed
  let caller: Caller | undefined
  for (const hop of hops) {
    caller = readHop(withoutBlanks(hop))
    if (!caller || !isTrusted(caller.address)) return caller
  }
  return caller
}

/**
 * The parts between commas, the last first. A comma in quotes separates nothing, and quotes are paired from the right
 * too: a quote that a stranger left open at the left must not swallow what the proxies wrote.
 */
function hopsFromTheRight(field: string): string[] {
  const hops: string[] = []
  let end = field.length
  let quoted = false
  for (let at = field.length - 1; at >= 0; at--) {
    if (field[at] === '"') quoted = !quoted
    else if (field[at] === ',' && !quoted) {
      hops.push(field.slice(at + 1, end))
      end = at
      if (hops.length > mostHops) return hops
    }
  }
  hops.push(field.slice(0, end))
  return hops
}

/** Space and tab alone are blank in a header (RFC 9110, section 5.6.3). */
function withoutBlanks(text: string): string {
  return /^[ \t]*([^ \t]*)[ \t]*$/.exec(text)?.[1] ?? ''
}

/** A hop of X-Forwarded-For: an address, where a port may follow if it cannot be taken for a part of the address. */
function readListed(text: string): Caller | undefined {
  const bare = /^[0-9A-Fa-f:.]+$/.test(text) && isIP(text) === 6
  const address = bare ? canonicalAddress(text) : readNode(text)
  return address === undefined ? undefined : { address, proto: undefined }
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
// No backslash in quotes: nothing that may stand here needs one.
const pair = new RegExp(`(${token})=(?:(${token})|"([^"\\\\]*)")(?:;|$)`, 'gy')

/** An element of Forwarded (RFC 7239, section 4). */
function readElement(text: string): Caller | undefined {
  const fields = new Map<string, string>()
  let read = 0
  for (const [all, name = '', plain, quoted = ''] of text.matchAll(pair)) {
    const key = name.toLowerCase()
    if (fields.has(key)) return undefined
    fields.set(key, plain ?? quoted)
    read += all.length
  }
  if (read < text.length) return undefined
  const address = readNode(fields.get('for') ?? '')
  return address === undefined ? undefined : { address, proto: fields.get('proto')?.toLowerCase() }
}

const nodeForm = /^(?:([0-9.]+)|\[([0-9A-Fa-f:.]+)\])(?::([0-9]{1,5}))?$/

/** `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]` or `[2001:db8::1]:80` (RFC 7239, section 6). The port is not kept. */
function readNode(text: string): string | undefined {
  const [, four, six, port = '0'] = nodeForm.exec(text) ?? []
  if (Number(port) > 65_535) return undefined
  if (four !== undefined) return isIP(four) === 4 ? four : undefined
  return six !== undefined && isIP(six) === 6 ? canonicalAddress(six) : undefined
}
