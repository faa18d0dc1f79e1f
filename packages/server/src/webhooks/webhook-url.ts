import { isIP } from 'node:net'
import { allowList } from '../clients/allow-list.ts'
import { canonicalAddress, hostOf } from '../kernel/address.ts'
import { publicAddresses } from '../outgoing/public-address.ts'

/** Where webhooks may go. */
export interface WebhookReach {
  /** Whether a webhook may go to this address: over TLS to the Internet and to listed networks, in the clear to those alone. */
  readonly mayReach: (address: string, protocol: 'https:' | 'http:') => boolean
  /** Why no webhook goes to a URL, in words; undefined if one may be tried. A name is judged when it is looked up, each time. */
  readonly findProblem: (url: string) => string | undefined
}

/** Hosts of a cloud that answer on an address of the Internet, and to their own machines alone. */
const cloudHosts = new Set(['168.63.129.16'])

/** `networks`: the networks inside that webhooks may go to, sound entries of a list. */
export function webhookReach(networks: readonly string[]): WebhookReach {
  const isPublic = publicAddresses()
  const listed = allowList(networks)
  const mayReach: WebhookReach['mayReach'] = (text, protocol) => {
    const address = canonicalAddress(text)
    if (address === undefined) return false
    return listed.admits(address) || (protocol === 'https:' && isPublic(address) && !cloudHosts.has(address))
  }
  return { mayReach, findProblem: (url) => findUrlProblem(url, networks.length > 0, mayReach) }
}

function findUrlProblem(text: string, hasNetworks: boolean, mayReach: WebhookReach['mayReach']): string | undefined {
  if (!URL.canParse(text) || text !== text.trim()) return 'It is not a URL.'
  const { protocol, hostname, port, username, password, hash } = new URL(text)
  if (protocol !== 'https:' && (protocol !== 'http:' || !hasNetworks)) return 'It does not begin with https://.'
  if (username !== '' || password !== '') return 'It names a user.'
  if (hash !== '') return 'It has a fragment.'
  // Mail, shells, databases on low ports understand enough of a request to do harm.
  if (port !== '' && Number(port) < 1024 && !(hasNetworks && port === '80'))
    return `The port ${port} is not for webhooks.`
  const name = hostOf(hostname).replace(/\.+$/, '')
  if (isIP(name) !== 0) return mayReach(name, protocol) ? undefined : 'The address is not one of the Internet.'
  if (name === '' || /(^|\.)localhost$/.test(name)) return 'The host is this machine itself.'
  return name.includes('.') || hasNetworks ? undefined : 'The host is not a full name.'
}
