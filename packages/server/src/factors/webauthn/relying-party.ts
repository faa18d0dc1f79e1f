/** Whose passkeys they are: the domain that they are bound to, and the sites on which they may be used. */
export interface RelyingParty {
  /** A domain; every passkey is bound to it for ever. */
  readonly id: string
  /** What people see in the dialog of their system. */
  readonly name: string
  readonly origins: readonly string[]
}

/** SHA-256 of the name of a signing certificate: an Android app that Digital Asset Links tie to the domain. */
const androidApp = /^android:apk-key-hash:[A-Za-z0-9_-]{43}$/

/**
 * What is wrong with an origin, in words for the operator, or undefined. It must stand as browsers write it: a trailing
 * dot, a path, capital letters or an IDN that is not punycode would never match. HTTP is for localhost.
 */
export function findOriginProblem(origin: string): string | undefined {
  if (androidApp.test(origin)) return undefined
  const url = URL.parse(origin)
  if (!url || url.origin !== origin) return `${origin} is not an origin as browsers write it: https://app.example.org`
  if (url.hostname.endsWith('.')) return `${origin} ends with a full stop, which is another origin to browsers`
  const isLocal = url.hostname === 'localhost' || url.hostname.endsWith('.localhost')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) return `${origin} is not https`
  return undefined
}

/** What is wrong with the domain of passkeys, or undefined. Addresses of machines and single labels cannot have any. */
export function findRpIdProblem(id: string): string | undefined {
  if (id === 'localhost') return undefined
  const isDomain = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(id)
  return isDomain ? undefined : `${id} is not a domain: passkeys are bound to one, like example.org`
}

/** Origins outside of the domain: browsers ask `https://<domain>/.well-known/webauthn` for them (Level 3, section 5.11). */
export function listRelatedOrigins({ id, origins }: Pick<RelyingParty, 'id' | 'origins'>): readonly string[] {
  return origins.filter((origin) => {
    const host = URL.parse(origin)?.hostname
    return !androidApp.test(origin) && host !== undefined && host !== id && !host.endsWith(`.${id}`)
  })
}
