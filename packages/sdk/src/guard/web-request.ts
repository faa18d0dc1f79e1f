import type { Asked } from './asked.ts'
import type { Answer } from './refuse-request.ts'

/** A request of the web platform, as a guard sees it. */
export function askedOf(request: Request, ip: string | undefined): Asked {
  const { origin, pathname, search } = new URL(request.url)
  return {
    method: request.method,
    target: `${pathname}${search}`,
    origin,
    ip,
    header: (name) => request.headers.get(name) ?? undefined,
  }
}

export function responseOf({ status, headers, body }: Answer, cookies: readonly string[] = []): Response {
  return withHeaders(new Response(body === '' ? null : body, { status, headers }), {}, cookies)
}

/** The same answer with more headers: one that came from elsewhere may not be changed. */
export function withHeaders(
  answer: Response,
  more: Readonly<Record<string, string>>,
  cookies: readonly string[],
): Response {
  const headers = new Headers(answer.headers)
  for (const [name, value] of Object.entries(more)) headers.set(name, value)
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers })
}
