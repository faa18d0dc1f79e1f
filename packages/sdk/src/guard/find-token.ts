import type { Asked } from './asked.ts'

const bearer = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i
const safeMethods = ['GET', 'HEAD', 'OPTIONS']

/** The access token of a request, from its header or, where there is one for that, from its cookie. */
export function findToken(
  asked: Asked,
  cookie: string | undefined,
): { readonly token: string | undefined } | { readonly refused: 'token_invalid' | 'cross_site_request' } {
  const header = asked.header('authorization')
  if (header !== undefined) {
    const token = bearer.exec(header)?.[1]
    return token === undefined || token.length > 4096 ? { refused: 'token_invalid' } : { token }
  }
  const held = cookie === undefined ? undefined : findCookie(asked.header('cookie') ?? '', cookie)
  const token = held ?? asked.session?.token
  if (token !== undefined && !safeMethods.includes(asked.method) && !isOfOwnSite(asked)) {
    return { refused: 'cross_site_request' }
  }
  return { token: token?.slice(0, 4096) }
}

/** A browser sends a cookie wherever a page of somebody else tells it to; it also says that it was told so. */
export function isOfOwnSite(asked: Asked): boolean {
  const site = asked.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = asked.header('origin')
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === asked.header('host')
}

/** Undefined also when two have the name: one of them may be planted from a neighbouring host. */
export function findCookie(header: string, name: string): string | undefined {
  const found = header.split(';').flatMap((each) => {
    const [key = '', ...value] = each.trim().split('=')
    return key === name ? [value.join('=')] : []
  })
  return found.length === 1 && found[0] !== '' ? found[0] : undefined
}

/** A header that proves something; what is too long to be ours is cut, and then is nobody's. */
export function readOne(asked: Asked, name: string): string | undefined {
  return asked.header(name)?.slice(0, 256)
}
