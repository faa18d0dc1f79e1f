import type { ProblemCode } from '@gatehouse/contract/problems'
import { type GatehouseError, gatehouseError } from './gatehouse-error.ts'

/** A refusal as it is sent (RFC 9457). */
interface Problem {
  readonly type?: string
  readonly code: ProblemCode
  readonly title: string
  readonly detail?: string
  readonly hint?: string
  readonly request_id?: string
  readonly retry_after_seconds?: number
  readonly server_time?: string
  readonly captcha?: GatehouseError['captcha']
  readonly errors?: GatehouseError['errors']
}

/** The body of an answer. @throws GatehouseError for a refusal, and for what does not come from a Gatehouse */
export async function readAnswer(response: Response): Promise<unknown> {
  const body = parse(await response.text())
  if (isProblem(body)) throw problemError(body, response.status)
  if (response.ok && body !== undefined) return body
  const what = response.status >= 300 && response.status < 400 ? 'a redirect' : 'something that is not Gatehouse'
  throw gatehouseError({
    code: 'unexpected_answer',
    message: `The answer (HTTP ${response.status}) is ${what}`,
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    hint: 'Check that url names a Gatehouse server, and look for a proxy that answers in its place.',
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'title' in body
}

function problemError(problem: Problem, status: number): GatehouseError {
  const { type, code, title, detail, hint, captcha, errors } = problem
  const serverTime = new Date(problem.server_time ?? '')
  return gatehouseError({
    code,
    message: detail === undefined ? title : `${title}. ${detail}`,
    status,
    requestId: problem.request_id,
    hint,
    docsUrl: type,
    retryAfterSeconds: problem.retry_after_seconds,
    serverTime: Number.isNaN(serverTime.getTime()) ? undefined : serverTime,
    captcha,
    errors,
  })
}
