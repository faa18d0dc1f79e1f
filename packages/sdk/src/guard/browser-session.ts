import { encode } from '../base64url.ts'
import type { Gatehouse } from '../client.ts'
import { connectionOf, type GatehouseOptions } from '../connection.ts'
import { isGatehouseError } from '../gatehouse-error.ts'
import type { Asked, BrowserSession } from './asked.ts'
import { endUserOf } from './end-user.ts'
import { findCookie, isOfOwnSite } from './find-token.ts'
import { type Answer, pageAnswer, problemAnswer } from './refuse-request.ts'
import { sealerOf } from './sealer.ts'

export interface SessionOptions {
  /**
   * Where browsers reach this application, like `https://portal.example.org`. Without it: GATEHOUSE_APP_URL, or else the address that
   * each request was sent to.
   */
  readonly appUrl?: string | undefined
  /** Where browsers reach Gatehouse, if that is not where the application does. Without it: GATEHOUSE_PUBLIC_URL, or `url`. */
  readonly publicUrl?: string | undefined
  /**
   * What cookies are sealed with; of several the first seals, and all open. Without it: GATEHOUSE_COOKIE_SECRET, or the client secret:
   * then everybody signs in again when that is rotated.
   */
  readonly cookieSecret?: string | readonly string[] | undefined
}

/** What becomes of a request that a browser has sent. */
export interface Taken {
  /** Set where the request was for one of the pages of the sign-in: it is answered. */
  readonly answer?: Answer
  readonly session?: BrowserSession | undefined
  /** Values of `Set-Cookie`. */
  readonly cookies: readonly string[]
}

/** What the cookie of a session holds. */
interface Held extends BrowserSession {
  readonly refreshToken?: string | undefined
  /** Epoch milliseconds, by our clock. */
  readonly expiresAt: number
}

/** What the cookie of a sign-in on its way holds. */
interface Underway {
  readonly state: string
  readonly verifier: string
  readonly returnTo: string
}

const underwaySeconds = 3600
const signInsAtOnce = 4
/** A token that ends while it is on its way is asked for anew before that. */
const leewayMs = 30_000

/** Where a browser signs in; the query says what for. */
export const loginPath = '/auth/login'
/** Where a browser is sent for a new access token, by what cannot hand it a cookie. */
export const renewPath = '/auth/renew'

/** What stands between a framework and the browsers that are signed in. */
export interface BrowserSessions {
  /** Answers the pages of the sign-in. For all other requests: whose they are, with a new token where the old one has had its time. */
  take(asked: Asked): Promise<Taken>
  /** Whose request it is, where no cookie can be set: `over` where a new token has to be fetched first, at `renewPath`. */
  look(asked: Asked): Promise<BrowserSession | 'over' | undefined>
  /** Where browsers reach this application. */
  originOf(asked: Asked): string
}

/** The sign-in of browsers: `/auth/login`, `/auth/callback`, `/auth/logout`, and the cookie that the session is kept in. */
export function browserSessions(gatehouse: Gatehouse, options: GatehouseOptions & SessionOptions): BrowserSessions {
  const { url, clientId, secret, now } = connectionOf(options)
  const env: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {}
  const pinned = options.appUrl ?? env['GATEHOUSE_APP_URL']
  const publicUrl = (options.publicUrl ?? env['GATEHOUSE_PUBLIC_URL'] ?? url).replace(/\/+$/, '')
  const sealer = sealerOf([options.cookieSecret ?? env['GATEHOUSE_COOKIE_SECRET'] ?? secret].flat())

  async function begin(asked: Asked, query: URLSearchParams): Promise<Taken> {
    const site = siteOf(asked)
    const [state, verifier] = [newText(), newText()]
    const name = `login-${now().getTime().toString(36)}-${state.slice(0, 6)}`
    const underway: Underway = { state, verifier, returnTo: ownPath(query.get('return_to')) }
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
    const wanted = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: `${site.origin}/auth/callback`,
      state: `${name}.${state}`,
      code_challenge: encode(new Uint8Array(hash)),
      code_challenge_method: 'S256',
    })
    for (const each of ['acr_values', 'max_age', 'login_hint', 'prompt']) {
      const value = query.get(each)
      if (value) wanted.set(each, value)
    }
    const old = site.names('login-').slice(0, 1 - signInsAtOnce)
    return {
      answer: redirect(`${publicUrl}/oauth/authorize?${wanted}`),
      cookies: [...old.map(site.drop), site.keep(name, await sealer.seal(underway, name), underwaySeconds)],
    }
  }

  async function finish(asked: Asked, query: URLSearchParams): Promise<Taken> {
    const site = siteOf(asked)
    const [name = '', state = ''] = (query.get('state') ?? '').split('.')
    const kept = site.get(name)
    const underway = kept === undefined ? undefined : ((await sealer.open(kept, name)) as Underway | undefined)
    if (underway?.state !== state || state === '') return { answer: pageAnswer(400, over), cookies: [] }
    const drop = site.drop(name)
    const code = query.get('code')
    // The person has gone back: to a page that does not send them here again.
    if (!code) return { answer: redirect('/'), cookies: [drop] }
    try {
      const tokens = await gatehouse.auth.code({
        code,
        redirect_uri: `${site.origin}/auth/callback`,
        code_verifier: underway.verifier,
        end_user: endUserOf(asked),
      })
      const session = heldOf(tokens, tokens.session_token)
      const before = await read(asked)
      if (before) await gatehouse.auth.logout({ token: before.token }).catch(() => undefined)
      return { answer: redirect(underway.returnTo), cookies: [drop, await keepSession(asked, session)] }
    } catch (error) {
      if (!isGatehouseError(error, 'authorization_code_invalid')) throw error
      return { answer: pageAnswer(400, over), cookies: [drop] }
    }
  }

  async function end(asked: Asked, query: URLSearchParams): Promise<Taken> {
    if (!isOfOwnSite(asked)) return { answer: problemAnswer('cross_site_request'), cookies: [] }
    const held = await read(asked)
    const fresh = held && (await renew(asked, held))?.session
    // Who is out already stays out.
    if (fresh) await gatehouse.auth.logout({ token: fresh.token, end_user: endUserOf(asked) }).catch(() => undefined)
    return { answer: redirect(ownPath(query.get('return_to'))), cookies: [siteOf(asked).drop('session')] }
  }

  async function read(asked: Asked): Promise<Held | undefined> {
    const kept = siteOf(asked).get('session')
    return kept === undefined ? undefined : ((await sealer.open(kept, 'session')) as Held | undefined)
  }

  /** The session with an access token that is good for a while yet. */
  async function renew(asked: Asked, held: Held): Promise<Taken & { readonly session?: Held }> {
    if (held.expiresAt - leewayMs > now().getTime()) return { session: held, cookies: [] }
    if (held.refreshToken === undefined) return { cookies: [siteOf(asked).drop('session')] }
    try {
      const next = await gatehouse.auth.refresh({ refresh_token: held.refreshToken, end_user: endUserOf(asked) })
      const session = heldOf(next, held.sessionToken)
      return { session, cookies: [await keepSession(asked, session)] }
    } catch (error) {
      // While the server cannot be asked the old token says who asks, and is good for nothing.
      if (!isGatehouseError(error, 'token_invalid')) return { session: held, cookies: [] }
      return { cookies: [siteOf(asked).drop('session')] }
    }
  }

  async function renewAndReturn(asked: Asked, query: URLSearchParams): Promise<Taken> {
    const held = await read(asked)
    const { session, cookies = [] } = (held && (await renew(asked, held))) ?? {}
    // Who could not be judged now would be sent here again.
    if (session && cookies.length === 0 && isOver(session)) {
      return { answer: problemAnswer('sign_in_unavailable'), cookies }
    }
    return { answer: redirect(ownPath(query.get('return_to'))), cookies }
  }

  const isOver = ({ expiresAt }: Held) => expiresAt <= now().getTime()

  function heldOf(
    tokens: { access_token: string; refresh_token?: string | undefined; expires_in: number },
    sessionToken: string | undefined,
  ): Held {
    const expiresAt = now().getTime() + tokens.expires_in * 1000
    return { token: tokens.access_token, refreshToken: tokens.refresh_token, sessionToken, expiresAt }
  }

  async function keepSession(asked: Asked, session: Held): Promise<string> {
    return siteOf(asked).keep('session', await sealer.seal(session, 'session'))
  }

  function siteOf(asked: Asked) {
    const origin = (pinned ?? asked.origin ?? '').replace(/\/+$/, '')
    const isSecure = origin.startsWith('https:')
    const prefix = isSecure ? '__Host-app-' : 'app-'
    const header = asked.header('cookie') ?? ''
    const attributes = `; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`
    return {
      origin,
      get: (name: string) => findCookie(header, prefix + name),
      names: (beginning: string) =>
        header
          .split(';')
          .map((each) => each.trim().split('=', 1)[0] ?? '')
          .filter((name) => name.startsWith(prefix + beginning))
          .map((name) => name.slice(prefix.length))
          .toSorted(),
      keep: (name: string, value: string, seconds?: number) =>
        `${prefix}${name}=${value}${attributes}${seconds === undefined ? '' : `; Max-Age=${seconds}`}`,
      drop: (name: string) => `${prefix}${name}=${attributes}; Max-Age=0`,
    }
  }

  return {
    async take(asked) {
      const { pathname, searchParams } = new URL(asked.target, 'http://app.invalid')
      if (pathname === loginPath && asked.method === 'GET') return begin(asked, searchParams)
      if (pathname === '/auth/callback' && asked.method === 'GET') return finish(asked, searchParams)
      if (pathname === '/auth/logout') return end(asked, searchParams)
      if (pathname === renewPath && asked.method === 'GET') return renewAndReturn(asked, searchParams)
      const held = await read(asked)
      return held ? renew(asked, held) : { cookies: [] }
    },
    originOf: (asked) => siteOf(asked).origin,
    async look(asked) {
      const held = await read(asked)
      return held && isOver(held) && held.refreshToken !== undefined ? 'over' : held
    },
  }
}

const over = `<p>This sign-in is over.</p><p><a href="${loginPath}">Sign in again</a></p>`

function redirect(location: string): Answer {
  return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: '' }
}

/** A path of this application, whatever was asked for. */
function ownPath(text: string | null): string {
  if (text === null || text.length > 1024 || !/^\/(?![/\\])[!-~]*$/.test(text)) return '/'
  const { origin, pathname, search, hash } = new URL(text, 'http://app.invalid')
  return origin === 'http://app.invalid' ? `${pathname}${search}${hash}` : '/'
}

/** 256 bits. */
function newText(): string {
  return encode(crypto.getRandomValues(new Uint8Array(32)))
}
