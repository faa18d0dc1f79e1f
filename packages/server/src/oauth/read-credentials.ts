import { Fault } from '../kernel/fault.ts'
import { decodeFormText, type Form } from '../kernel/form.ts'
import { parseJson } from '../kernel/parse-json.ts'

/** How a client application says who it is, and by what it proves that. */
export type Credentials =
  | { readonly kind: 'secret'; readonly slug: string; readonly secret: string }
  | { readonly kind: 'assertion'; readonly slug: string; readonly assertion: string }

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * One of client_secret_basic, client_secret_post (RFC 6749, section 2.3.1) and private_key_jwt (RFC 7523, section 2.2); two
 * of them in one request are none. Nothing is proven yet.
 * @throws Fault `client_credentials_invalid`, `invalid_request`
 */
export function readCredentials(authorization: string | undefined, form: Form): Credentials {
  const id = form.get('client_id')
  const secret = form.get('client_secret')
  const assertion = form.get('client_assertion')
  const ways = [authorization, secret, assertion].filter((way) => way !== undefined).length
  if (ways === 0) throw new Fault('client_credentials_invalid')
  if (ways > 1) throw invalid('A client proves itself in one way.')
  if (authorization !== undefined) return sameClient(readBasic(authorization), id)
  if (secret !== undefined) {
    if (id === undefined) throw invalid('A client_secret needs its client_id.')
    return { kind: 'secret', slug: id, secret }
  }
  if (form.get('client_assertion_type') !== assertionType) {
    throw invalid(`The client_assertion_type is ${assertionType}.`)
  }
  const text = assertion ?? ''
  return sameClient({ kind: 'assertion', slug: issuerIn(text), assertion: text }, id)
}

function sameClient(credentials: Credentials, id: string | undefined): Credentials {
  if (id === undefined || id === credentials.slug) return credentials
  throw invalid('The client_id is that of another client.')
}

function readBasic(authorization: string): Credentials {
  const encoded = /^Basic ([A-Za-z0-9+/]{1,512}={0,2})$/i.exec(authorization)?.[1] ?? ''
  const bytes = Buffer.from(encoded, 'base64')
  const text = bytes.toString('latin1')
  const colon = text.indexOf(':')
  const slug = decodeFormText(text.slice(0, Math.max(colon, 0)))
  const secret = decodeFormText(text.slice(colon + 1))
  const isCanonical = bytes.toString('base64') === encoded
  if (colon < 1 || !isCanonical || slug === undefined || secret === undefined) {
    throw new Fault('client_credentials_invalid')
  }
  return { kind: 'secret', slug, secret }
}

/** Whose assertion it says to be. */
function issuerIn(assertion: string): string {
  try {
    const [, payload = ''] = assertion.slice(0, 4096).split('.', 2)
    const claims = parseJson(Buffer.from(payload, 'base64url'), { depth: 16, names: 100 })
    const issuer = typeof claims === 'object' && claims !== null && 'iss' in claims ? claims.iss : undefined
    if (typeof issuer === 'string') return issuer
  } catch {}
  throw new Fault('client_credentials_invalid')
}

function invalid(detail: string): Fault {
  return new Fault('invalid_request', { detail })
}
