import { hostOf, isLoopback } from '../../kernel/address.ts'
import { List } from '../../kernel/setting-forms.ts'

/**
 * The push services that may be called. `origins` are named in full by the operator, and may be inside; `hosts` are names,
 * or all below one (`*.push.apple.com`), and lead outside.
 */
export interface PushServices {
  readonly origins: readonly string[]
  readonly hosts: readonly string[]
  /** Every name outside. */
  readonly any: boolean
}

/** What of an endpoint decides how it is called: nobody, by name and outside only, or as the operator has named it. */
export type Reach = 'refused' | 'outside' | 'named'

/** The services of the browsers' makers: Chrome, Edge, Firefox, Safari. */
export const usualServices = 'fcm.googleapis.com,*.notify.windows.com,*.push.services.mozilla.com,*.push.apple.com'

const hostForm = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/

/** A list with commas between, or one of the words `any` and `none`. */
export const PushServiceList = List.superRefine((entries, { addIssue }) => {
  if (entries.length === 1 && (entries[0] === 'none' || entries[0] === 'any')) return
  for (const entry of entries.filter((each) => !hostForm.test(each) && !isNamed(each))) {
    addIssue({ code: 'custom', message: `${entry} is neither a host, nor https://host:port` })
  }
})

export function pushServicesOf(entries: readonly string[]): PushServices {
  return {
    any: entries.includes('any'),
    hosts: entries.filter((entry) => hostForm.test(entry)),
    origins: entries.filter(isNamed),
  }
}

/** Whether any service at all may be called. */
export function hasServices({ origins, hosts, any }: PushServices): boolean {
  return any || hosts.length > 0 || origins.length > 0
}

/** In the clear to this machine only. */
function isNamed(entry: string): boolean {
  const url = URL.parse(entry)
  if (!url || url.origin !== entry) return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(hostOf(url.hostname)))
}

/** How an endpoint that a device has named is called. */
export function reachOf({ origins, hosts, any }: PushServices, endpoint: string): Reach {
  const url = URL.parse(endpoint)
  if (url?.username !== '' || url.password !== '' || url.hash !== '') return 'refused'
  if (origins.includes(url.origin)) return 'named'
  const { protocol, port, hostname } = url
  // A last dot names the same host in other words; numbers are no name.
  if (protocol !== 'https:' || port !== '' || !hostForm.test(hostname)) return 'refused'
  const isListed = hosts.some((host) => (host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host))
  return any || isListed ? 'outside' : 'refused'
}
