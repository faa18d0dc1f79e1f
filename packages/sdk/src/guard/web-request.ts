import type { Asked } from './asked.ts'
import type { Answer } from './refuse-request.ts'

/** A request of the web platform, as a guard sees it. */
export function askedOf(request: Request, ip: string | undefined): Asked {
  const { pathname, search } = new URL(request.url)
  return {
    method: request.method,
    target: `${pathname}${search}`,
    ip,
    header: (name) => request.headers.get(name) ?? undefined,
  }
}

export function responseOf({ status, headers, body }: Answer): Response {
  return new Response(body === '' ? null : body, { status, headers })
}
