import { findHeader } from './find-header.ts'
import type { SignedRequest } from './scheme.ts'

/** Begins with the path: `http://elsewhere/path` is a form of request line that only proxies get. */
const targetForm = /^\/[!-~]*$/
const authorityForm = /^[!-~]+$/

/** Path and query as they came, or undefined if they are in no form that can be signed. */
export function findTarget({ target }: SignedRequest): string | undefined {
  return targetForm.test(target) ? target : undefined
}

/** The Host header in lower case. A port stays as it came: behind a proxy nobody knows here which one is the default. */
export function findAuthority(request: SignedRequest): string | undefined {
  const host = findHeader(request, 'host')
  return host !== undefined && authorityForm.test(host) ? host.toLowerCase() : undefined
}
