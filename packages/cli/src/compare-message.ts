import { matchesContentDigest } from '@gatehouse/server/clients/signatures/content-digest'
import { findMessageSignature } from '@gatehouse/server/clients/signatures/message-signature'
import { demandedComponents } from '@gatehouse/server/clients/signatures/rfc9421'
import { findSlips } from './compare-signature.ts'
import type { RawRequest } from './read-request.ts'
import { type Draft, draftOf } from './signature-draft.ts'
import { slipsOfMessage } from './signature-slips.ts'

interface Signer {
  readonly clientId: string
  readonly secret: string
}

/**
 * What was done otherwise than RFC 9421 and the server ask for, in sentences: none if the request is signed rightly,
 * undefined if no guess fits.
 */
export function compareMessage(request: RawRequest, signer: Signer): readonly string[] | undefined {
  const { headers, body } = request
  const found = findMessageSignature(headers['signature-input'] ?? '', headers['signature'] ?? '')
  if (typeof found === 'string') return [found]
  const { components, parameters, text, mac } = found
  const digest = headers['content-digest']
  const forms = [
    ...demandedComponents(body)
      .filter((name) => !components.includes(name))
      .map((name) => `The signature must cover "${name}".`),
    ...(parameters.keyid === signer.clientId ? [] : [`The parameter keyid must be the client id, ${signer.clientId}.`]),
    ...(digest === undefined || matchesContentDigest(digest, body) ? [] : ['Content-Digest is not that of the body.']),
  ]
  const slips = findSlips(
    Buffer.from(mac).toString('base64'),
    draftOfMessage(request, signer, components, text),
    slipsOfMessage,
  )
  return slips ? [...forms, ...slips.map(({ said }) => said)] : forms.length > 0 ? forms : undefined
}

function draftOfMessage(
  { method, target, headers, body }: RawRequest,
  { clientId, secret }: Signer,
  components: readonly string[],
  parameters: string,
): Draft {
  return {
    ...draftOf({ clientId, secret, timestamp: '', body }),
    spelling: (mac) => mac.toString('base64'),
    text: (draft) => [
      ...components.map((name) => `"${name}": ${componentOf(name, draft, headers)}`),
      `"@signature-params": ${parameters}`,
    ],
    separator: '\n',
    method,
    host: headers['host']?.toLowerCase() ?? '',
    path: target,
  }
}

function componentOf(name: string, { method, host, path, clientId }: Draft, headers: RawRequest['headers']): string {
  const queryAt = path.includes('?') ? path.indexOf('?') : path.length
  const derived: Readonly<Record<string, string>> = {
    '@method': method,
    '@authority': host,
    '@path': path.slice(0, queryAt),
    '@query': path.slice(queryAt) || '?',
    'x-client-id': clientId,
  }
  return derived[name] ?? headers[name] ?? ''
}
