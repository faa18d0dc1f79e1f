import { createHash, createHmac } from 'node:crypto'
import type { SignatureScheme } from '@gatehouse/contract/signature-scheme'
import { hmacSha256 } from '../../crypto/hmac-sha256.ts'
import type { SigningSecret } from '../client.ts'
import type { SignatureVerdict, SignedRequest, Signer } from './scheme.ts'

/** The moment in which everything here is signed and, unless a test says otherwise, judged. */
export const signedAt = 1_710_072_000
export const skewSeconds = 300
export const text = 'cs_test_0123456789abcdef0123456789abcdef'
export const nonce = 'n-0123456789_abcdef'

export function secretOf(
  secret: string,
  id: SigningSecret['id'] = 'sec_1',
  expiresAt: number | null = null,
): SigningSecret {
  return { id, mac: hmacSha256(Buffer.from(secret)), expiresAt }
}

export const allSchemes: ReadonlySet<SignatureScheme> = new Set(['v1', 'v2', 'rfc9421'])
export const portal: Signer = { slug: 'portal', secrets: [secretOf(text)], schemes: allSchemes }

/** A request before it is signed. */
export const post: SignedRequest = {
  method: 'POST',
  target: '/v1/users?dry_run=1&role=a%20b',
  headers: { host: 'auth.example.com', 'x-client-id': 'portal', 'content-type': 'application/json' },
  body: Buffer.from('{"email":"zoë@example.test"}'),
}

export const get: SignedRequest = {
  method: 'GET',
  target: '/v1/users?limit=5',
  headers: { host: 'auth.example.com', 'x-client-id': 'portal' },
  body: new Uint8Array(),
}

export function withHeaders(request: SignedRequest, headers: SignedRequest['headers']): SignedRequest {
  return { ...request, headers: { ...request.headers, ...headers } }
}

/** `valid`, or the reason for the refusal. */
export function outcomeOf(verdict: SignatureVerdict): string {
  return verdict.valid ? 'valid' : verdict.reason
}

export function signV1(request: SignedRequest, timestamp: number | string = signedAt, secret = text): SignedRequest {
  const mac = createHmac('sha256', secret).update(`${timestamp}.`).update(request.body).digest('hex')
  return withHeaders(request, { 'x-timestamp': String(timestamp), 'x-signature': `sha256=${mac}` })
}

/** The lines of v2, written down apart from the code that is tested. */
export function linesOfV2(request: SignedRequest, timestamp: number | string, nonceText: string): string[] {
  const { method, target, headers, body } = request
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const client = String(headers['x-client-id'])
  return ['gatehouse-v2', client, String(timestamp), nonceText, method, String(headers['host']), target, bodyHash]
}

export interface V2Options {
  readonly timestamp?: number | string
  readonly nonce?: string
  readonly secret?: string
  /** Changes what is signed, not what is sent. */
  readonly lines?: (lines: string[]) => readonly string[]
}

export function signV2(request: SignedRequest, options: V2Options = {}): SignedRequest {
  const { timestamp = signedAt, nonce: nonceText = nonce, secret = text, lines = (all) => all } = options
  const signed = lines(linesOfV2(request, timestamp, nonceText)).join('\n')
  const mac = createHmac('sha256', secret).update(signed).digest('hex')
  return withHeaders(request, {
    'x-timestamp': String(timestamp),
    'x-nonce': nonceText,
    'x-signature': `v2=${mac}`,
  })
}

/** Everything that a signature of RFC 9421 must cover if there is a body. */
export const covered = ['@method', '@authority', '@path', '@query', 'x-client-id', 'content-digest']
export const coveredWithoutBody = covered.slice(0, -1)

export interface MessageOptions {
  readonly components?: readonly string[]
  /** Parameters as they are written, after the list. */
  readonly parameters?: string
  readonly label?: string
  readonly secret?: string
  /** Of the base that is signed. */
  readonly base?: (base: string) => string
}

export const parameters = `;created=${signedAt};nonce="${nonce}";keyid="portal";tag="gatehouse"`

export function contentDigest(body: Uint8Array, algorithm: 'sha-256' | 'sha-512' = 'sha-256'): string {
  return `${algorithm}=:${createHash(algorithm.replace('-', '')).update(body).digest('base64')}:`
}

/** Signs by RFC 9421 and adds the two headers to whatever signatures are there; Content-Digest if there is a body and none. */
export function signMessage(given: SignedRequest, options: MessageOptions = {}): SignedRequest {
  const { label = 'sig', secret = text, base: change = (base) => base } = options
  const hasBody = given.body.byteLength > 0
  const request =
    hasBody && !('content-digest' in given.headers)
      ? withHeaders(given, { 'content-digest': contentDigest(given.body) })
      : given
  const components = options.components ?? (hasBody ? covered : coveredWithoutBody)
  const input = `(${components.map((name) => `"${name}"`).join(' ')})${options.parameters ?? parameters}`
  const [path, query = ''] = request.target.split('?')
  const derived: Record<string, string> = {
    '@method': request.method,
    '@authority': String(request.headers['host']),
    '@path': path ?? '',
    '@query': `?${query}`,
  }
  const lines = components.map((name) => `"${name}": ${derived[name] ?? request.headers[name]}`)
  const base = change([...lines, `"@signature-params": ${input}`].join('\n'))
  const mac = createHmac('sha256', secret).update(base).digest('base64')
  const join = (name: string, more: string) => [request.headers[name], more].filter(Boolean).join(', ')
  return withHeaders(request, {
    'signature-input': join('signature-input', `${label}=${input}`),
    signature: join('signature', `${label}=:${mac}:`),
  })
}
