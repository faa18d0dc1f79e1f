import { sourceOf } from '../guard/source.ts'
import type { FindPlace } from '../kernel/place.ts'
import type { SignInEvent } from '../log/walk-sign-ins.ts'
import { findRegion } from '../places/country-map.ts'
import { inUseMs } from './assess-sign-in.ts'
import type { RiskFacts } from './judge-risk.ts'
import { lessonOf } from './lesson-of.ts'
import { learn, noPast, type Past } from './past.ts'
import { countNames, note, type Recent, since } from './recent.ts'

/** A sign-in of the record, with all that was known when it was judged. */
export interface PastSignIn {
  readonly event: SignInEvent
  readonly userId: string
  readonly facts: RiskFacts
  readonly past: Past
  /** What was shown. */
  readonly amr: readonly string[]
  /** Whether its user came in. */
  readonly succeeded: boolean
}

interface User {
  past: Past
  tries: Recent
  readonly sessions: Map<string, { readonly country: string; lastAt: number }>
}

/** Goes through the record event by event and knows at each what was known then. Nothing is asked of anybody. */
export function replay(findPlace: FindPlace | undefined): (event: SignInEvent) => PastSignIn | undefined {
  const users = new Map<string, User>()
  const failures = new Map<string, Recent>()

  function userOf(id: string): User {
    const known = users.get(id) ?? { past: noPast, tries: [], sessions: new Map() }
    users.set(id, known)
    return known
  }

  function signIn(event: SignInEvent, userId: string, data: Data): PastSignIn {
    const { past, tries, sessions } = userOf(userId)
    const source = sourceOf(event.ip_address ?? '')
    const inUse = [...sessions.values()].filter(({ lastAt }) => event.at - lastAt < inUseMs)
    const facts: RiskFacts = {
      ...lessonOf(event.at, event.user_agent, placeOf(event, findPlace)),
      isKnownDevice: data['known_device'] === true,
      sessionCountries: inUse.map(({ country }) => country),
      addressFailures: since(failures.get(source) ?? [], event.at).length,
      typesTried: countNames(since(tries, event.at)),
    }
    const amr = String(data['amr'] ?? 'pwd').split(' ')
    return { event, userId, facts, past, amr, succeeded: event.type === 'login.succeeded' }
  }

  return (event) => {
    const data = JSON.parse(event.data) as Data
    const { user_id: userId, session_id: sessionId, at } = event
    if (event.type === 'login.failed' && isWrongPassword(data)) {
      const source = sourceOf(event.ip_address ?? '')
      failures.set(source, note(failures.get(source) ?? [], 'x', at))
      return undefined
    }
    // Of those who were refused, only who had the right password was judged.
    if (userId === null || (event.type === 'login.failed' && data['reason'] !== 'risk')) return undefined
    const user = userOf(userId)
    const type = event.type === 'recovery_code.used' ? 'recovery_codes' : data['factor_type']
    if (event.type.startsWith('factor.') || event.type === 'recovery_code.used') {
      if (typeof type === 'string') user.tries = note(user.tries, type, at)
      return undefined
    }
    if (event.type === 'session.ended' || event.type === 'session.revoked') {
      if (sessionId === null) user.sessions.clear()
      else user.sessions.delete(sessionId)
      return undefined
    }
    const session = sessionId === null ? undefined : user.sessions.get(sessionId)
    if (event.type === 'token.refreshed') {
      if (session) session.lastAt = at
      return undefined
    }
    const judged = signIn(event, userId, data)
    if (event.type === 'login.succeeded') {
      user.past = learn(user.past, judged.facts)
      const { country } = judged.facts
      if (sessionId !== null && country !== null) user.sessions.set(sessionId, { country, lastAt: at })
    }
    return judged
  }
}

type Data = Readonly<Record<string, unknown>>

function isWrongPassword({ reason }: Data): boolean {
  return reason === 'wrong_password' || reason === 'unknown_user'
}

/** The country as it was put on record; where it was more exactly, if the database of today agrees. */
function placeOf({ ip_address, geo_location }: SignInEvent, findPlace: FindPlace | undefined) {
  const country = geo_location?.slice(0, 2)
  if (country === undefined) return undefined
  const found = findPlace?.(ip_address)
  return { country, city: null, spot: (found?.country === country ? found.spot : null) ?? findRegion(country) ?? null }
}
