import type { Asked } from './asked.ts'

/** In which header a proxy tells a page what was asked for: path and query, which Next.js keeps from pages. */
export const targetHeader = 'x-gatehouse-target'

/**
 * A request of Next.js. What a proxy in front of it saw is in `X-Forwarded-…`: Next.js itself fills in what nobody has said, and the
 * address in its requests is that of its own socket.
 */
export function askedOf(request: Request, ip: string | undefined): Asked {
  const { origin, pathname, search } = new URL(request.url)
  const { headers } = request
  const target = `${pathname}${search}`
  return { method: request.method, target, origin: originOf(headers) ?? origin, ip, header: readFrom(headers) }
}

/**
 * The request that a page or a server action serves. It is always that of a browser that shows pages: what Next.js asks for with scripts
 * it shows as pages. An action is answered on the page that it is called from.
 */
export function askedByPage(headers: Headers, ip: string | undefined, returnTo: string | undefined): Asked {
  const read = readFrom(headers)
  const sendsForm =
    isAction(headers) || /^(multipart|application)\/(x-www-form-urlencoded|form-data)/.test(read('content-type') ?? '')
  return {
    method: sendsForm ? 'POST' : 'GET',
    target: returnTo ?? read(targetHeader) ?? '/',
    origin: originOf(headers),
    ip,
    header: (name) => pageHeaders.get(name) ?? read(name),
  }
}

const pageHeaders: ReadonlyMap<string, string> = new Map([
  ['accept', 'text/html'],
  ['sec-fetch-mode', 'navigate'],
])

/** Whether a script of Next.js calls a server action. */
export function isAction(headers: Headers): boolean {
  return headers.has('next-action')
}

/** Whether a script of Next.js fetches a page, perhaps before anybody wants to see it. */
export function isFetchedAhead(headers: Headers): boolean {
  return headers.has('rsc') || headers.has('next-router-prefetch') || /prefetch/.test(headers.get('sec-purpose') ?? '')
}

/** `Cookie` as a browser would send it that has taken these values of `Set-Cookie`. */
export function takeCookies(header: string, cookies: readonly string[]): string {
  const pairs = header.split(';').map((each) => each.trim())
  const changed = cookies.map((cookie) => {
    const [pair = '', ...attributes] = cookie.split('; ')
    return { pair, name: `${pair.split('=', 1)[0]}=`, isDropped: attributes.includes('Max-Age=0') }
  })
  const kept = pairs.filter((pair) => pair !== '' && !changed.some(({ name }) => pair.startsWith(name)))
  return [...kept, ...changed.filter(({ isDropped }) => !isDropped).map(({ pair }) => pair)].join('; ')
}

function originOf(headers: Headers): string | undefined {
  const first = (name: string) => headers.get(name)?.split(',', 1)[0]?.trim()
  const host = first('x-forwarded-host') ?? first('host')
  return host && `${first('x-forwarded-proto') ?? 'http'}://${host}`
}

function readFrom(headers: Headers): Asked['header'] {
  return (name) => headers.get(name) ?? undefined
}
