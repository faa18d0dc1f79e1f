import { type ProblemCode, problems } from '@gatehouse/contract/problems'

/** What a refused request gets. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Details {
  readonly maxAge?: number | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly requestId?: string | undefined
  /** What the person is to answer, and where. */
  readonly challengeId?: string | undefined
  readonly mfaUrl?: string | undefined
}

/** A problem document (RFC 9457), with the challenge that tells clients what to bring (RFC 6750, RFC 9470). */
export function problemAnswer(code: ProblemCode, details: Details = {}): Answer {
  const { status, title } = problems[code]
  const { maxAge, retryAfterSeconds, requestId, challengeId, mfaUrl } = details
  const challenge = challengeOf(code, maxAge)
  return {
    status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      ...(challenge !== undefined && { 'www-authenticate': challenge }),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
    body: JSON.stringify({
      title,
      status,
      code,
      request_id: requestId,
      retry_after_seconds: retryAfterSeconds,
      challenge_id: challengeId,
      mfa_url: mfaUrl,
    }),
  }
}

function challengeOf(code: ProblemCode, maxAge: number | undefined): string | undefined {
  if (code === 'authentication_required') return 'Bearer'
  if (code === 'token_invalid') return 'Bearer error="invalid_token"'
  if (code !== 'mfa_required' && code !== 'mfa_stale' && code !== 'grant_invalid') return undefined
  const age = maxAge === undefined ? '' : `, max_age=${maxAge}`
  return `Bearer error="insufficient_user_authentication", acr_values="aal2"${age}`
}

/** A page of a few words: they are ours, and say nothing of what was asked. */
export function pageAnswer(status: number, words: string): Answer {
  const head =
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in</title>'
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    },
    body: `${head}${words}</html>`,
  }
}

/** To a page, which finds the way back in `return_to`: a path of this application, whatever the request line was. */
export function redirectAnswer(url: string, target: string): Answer {
  const back = `/${target.replace(/^[/\\]+/, '')}`
  const location = `${url}${url.includes('?') ? '&' : '?'}return_to=${encodeURIComponent(back)}`
  return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: '' }
}
