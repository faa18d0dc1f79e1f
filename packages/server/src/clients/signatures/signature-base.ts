import { findHeader } from './find-header.ts'
import { findAuthority, findTarget } from './request-target.ts'
import type { SignedRequest } from './scheme.ts'

const fieldValue = /^[\t -~]*$/

/**
 * The text that is signed (RFC 9421, section 2.5): a line for each covered component and one for the parameters. Undefined
 * if the request lacks one of the components, or we do not know it.
 */
export function signatureBase(
  request: SignedRequest,
  components: readonly string[],
  signatureParams: string,
): string | undefined {
  const lines: string[] = []
  for (const name of components) {
    const value = findComponent(request, name)
    if (value === undefined) return undefined
    lines.push(`"${name}": ${value}\n`)
  }
  return `${lines.join('')}"@signature-params": ${signatureParams}`
}

function findComponent(request: SignedRequest, name: string): string | undefined {
  if (!name.startsWith('@')) return findField(request, name)
  if (name === '@method') return request.method
  if (name === '@authority') return findAuthority(request)
  const target = findTarget(request)
  if (target === undefined) return undefined
  const queryAt = target.includes('?') ? target.indexOf('?') : target.length
  if (name === '@path') return target.slice(0, queryAt)
  if (name === '@query') return target.slice(queryAt) || '?'
  return undefined
}

/** Ours is the text of the parser, not the bytes: beyond ASCII the two part. */
function findField(request: SignedRequest, name: string): string | undefined {
  const value = findHeader(request, name)
  return value !== undefined && fieldValue.test(value) ? value : undefined
}
