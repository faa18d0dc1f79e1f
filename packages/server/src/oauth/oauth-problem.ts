import type { ProblemCode } from '@gatehouse/contract/problems'
import { problems } from '@gatehouse/contract/problems'
import type { Fault } from '../kernel/fault.ts'

/** An error as OAuth clients understand it (RFC 6749, section 5.2). */
export interface OAuthProblem {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, string>>
}

const words: Partial<Record<ProblemCode, string>> = {
  client_credentials_invalid: 'invalid_client',
  client_not_allowed: 'invalid_client',
  signature_scheme_not_allowed: 'unauthorized_client',
  grant_type_unsupported: 'unsupported_grant_type',
  unsupported_token_type: 'unsupported_token_type',
  scope_unavailable: 'invalid_scope',
  authorization_code_invalid: 'invalid_grant',
  token_invalid: 'invalid_grant',
  insufficient_scope: 'unauthorized_client',
}

/** The fault in words of the standard. Our own word for it stands beside them. */
export function oauthProblem({ code, options }: Fault, requestId: string): OAuthProblem {
  const { status, title } = problems[code]
  const busy = status === 429 || status === 503
  const error = words[code] ?? (busy ? 'temporarily_unavailable' : status >= 500 ? 'server_error' : 'invalid_request')
  const isUnknown = error === 'invalid_client'
  const retryAfter = options.retryAfterSeconds
  return {
    status: isUnknown ? 401 : status >= 500 || status === 429 ? status : 400,
    headers: {
      ...(isUnknown && { 'www-authenticate': 'Basic realm="gatehouse", charset="UTF-8"' }),
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    },
    body: {
      error,
      // Of the characters that a description may have (RFC 6749, appendix A.8).
      error_description: [`${title}.`, options.detail ?? '']
        .join(' ')
        .trim()
        .replace(/[^ !#-[\]-~]/g, ' '),
      code,
      request_id: requestId,
    },
  }
}
