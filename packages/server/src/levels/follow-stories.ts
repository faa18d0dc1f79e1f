import { boundOf, type EnrollmentStep } from '@gatehouse/contract/levels'
import { sha256 } from '../crypto/sha256.ts'
import type { SealedEvent } from '../log/log-reader.ts'
import type { StoryRow } from './level.store.ts'
import type { Count } from './tally.ts'

/** How long it takes until what has no end counts as given up. */
export interface Patience {
  readonly proofMs: number
  readonly enrollmentMs: number
}

/** What came of some events: counts, and the stories that have begun, gone on or (undefined) ended. */
export interface Followed {
  readonly counts: readonly Count[]
  readonly stories: ReadonlyMap<string, StoryRow | undefined>
}

type Data = Readonly<Record<string, unknown>>

/** Refused before anything was looked at: that says nothing of who was refused. */
const unjudged: ReadonlySet<unknown> = new Set(['locked', 'month_limit', 'challenge_expired'])
/** Sets of codes and passes come with something else; there is nothing to enrol. */
const byproducts: ReadonlySet<unknown> = new Set(['recovery_codes', 'access_pass'])

/** The stories that events may be part of, for whoever looks them up. */
export function storiesOf(events: readonly SealedEvent[]): readonly string[] {
  return [...new Set(events.flatMap((event) => storyOf(event, JSON.parse(event.data) as Data)?.id ?? []))]
}

interface StoryPlace {
  readonly id: string
  readonly kind: StoryRow['kind']
}

/** What an event is part of: proofs for one challenge or in one session, or the enrolment of one kind of factor by one user. */
function storyOf(event: SealedEvent, data: Data): StoryPlace | undefined {
  const { type, user_id: userId, session_id: sessionId } = event
  const isEnrollment =
    type === 'factor.enrolled' ||
    type === 'factor.key_shown' ||
    type === 'factor.activated' ||
    (type === 'factor.rejected' && data['purpose'] === 'enroll')
  if (isEnrollment) {
    const factor = data['factor_type']
    if (typeof factor !== 'string' || byproducts.has(factor) || userId === null) return undefined
    return { kind: 'enrollment', id: digest(`enrollment ${event.tenant_id} ${userId} ${factor}`) }
  }
  if (!proofEvents.has(type) || data['purpose'] === 'resync') return undefined
  const about = data['challenge_id'] ?? sessionId
  return typeof about === 'string' ? { kind: 'proof', id: digest(`proof ${about}`) } : undefined
}

const proofEvents: ReadonlySet<string> = new Set([
  'factor.verified',
  'factor.rejected',
  'recovery_code.used',
  'access_pass.used',
  'push.denied',
  'login.failed',
])

/** Names a story and nobody in it. */
function digest(name: string): string {
  return sha256(name).toString('base64url').slice(0, 24)
}

/** Follows events in their order. Pure: `open` is what was begun before them and has not ended. */
export function followStories(
  events: readonly SealedEvent[],
  open: ReadonlyMap<string, StoryRow>,
  patience: Patience,
): Followed {
  const counts: Count[] = []
  const stories = new Map<string, StoryRow | undefined>()
  for (const event of events) {
    const data = JSON.parse(event.data) as Data
    const count = (measure: string, label: string) =>
      counts.push({ tenantId: event.tenant_id, at: event.at, measure, label, count: 1 })
    const signIn = outcomeOfSignIn(event, data)
    if (signIn !== undefined) count('sign_in', signIn)
    if (event.type === 'alert.raised' && typeof data['delay_ms'] === 'number') {
      count('alert_delay', boundOf(data['delay_ms']))
    }
    const place = storyOf(event, data)
    if (!place) continue
    const known = stories.has(place.id) ? stories.get(place.id) : open.get(place.id)
    const next =
      place.kind === 'proof'
        ? followProof(event, data, { known, count })
        : followEnrollment(event, data, { known, count })
    if (next === 'as it was') continue
    const { kind } = place
    const endsAt = event.at + (kind === 'proof' ? patience.proofMs : patience.enrollmentMs)
    const factorType = typeof data['factor_type'] === 'string' ? data['factor_type'] : 'unknown'
    const story = { ...place, tenant_id: event.tenant_id, factor_type: factorType, ends_at: endsAt }
    stories.set(place.id, next === 'over' ? undefined : { ...story, key_shown: next.keyShown ? 1 : 0 })
  }
  return { counts, stories }
}

type Next = 'as it was' | 'over' | { readonly keyShown: boolean }
interface Told {
  readonly known: StoryRow | undefined
  readonly count: (measure: string, label: string) => void
}

/** What somebody answered wrongly may still be answered rightly. */
function followProof({ type, session_id }: SealedEvent, data: Data, { known, count }: Told): Next {
  if (type === 'login.failed') {
    // The proof was right, and the sign-in was refused all the same.
    if (data['reason'] !== 'risk' || data['challenge_id'] === undefined) return 'as it was'
    count('mfa', 'risk')
    return 'over'
  }
  if (type === 'push.denied') {
    count('mfa', 'denied')
    return 'over'
  }
  if (type !== 'factor.rejected') {
    count('mfa', 'verified')
    return 'over'
  }
  if (unjudged.has(data['reason']) || known) return 'as it was'
  return session_id === null && data['challenge_id'] === undefined ? 'as it was' : { keyShown: false }
}

/** Who begins again with the same kind of factor goes on with what they have begun. */
function followEnrollment({ type }: SealedEvent, data: Data, { known, count }: Told): Next {
  const factor = String(data['factor_type'])
  const step = (name: EnrollmentStep) => count('enrollment_steps', `${factor} ${name}`)
  if (type === 'factor.enrolled') {
    step(known ? 'restarted' : 'started')
    return { keyShown: known?.key_shown === 1 }
  }
  if (type === 'factor.key_shown') {
    step('key_shown')
    return { keyShown: true }
  }
  if (type === 'factor.rejected') {
    step('rejected')
    return 'as it was'
  }
  step('done')
  count('enrollment', 'done')
  if (factor === 'totp') count('qr', known?.key_shown === 1 ? 'key_shown' : 'scanned')
  return 'over'
}

/** What a story counts as that nobody has brought to its end. */
export function giveUp({ kind, factor_type: factor }: StoryRow): readonly Pick<Count, 'measure' | 'label'>[] {
  if (kind === 'proof') return [{ measure: 'mfa', label: 'failed' }]
  const funnel = { measure: 'enrollment_steps', label: `${factor} abandoned` }
  const ended = { measure: 'enrollment', label: 'abandoned' }
  return factor === 'totp' ? [funnel, ended, { measure: 'qr', label: 'abandoned' }] : [funnel, ended]
}

/** How a sign-in began: by a password or a passkey. What comes after a right password is told by the second factor. */
function outcomeOfSignIn({ type }: SealedEvent, data: Data): string | undefined {
  if (type === 'login.challenged') return 'completed'
  if (type === 'login.captcha_required') return 'captcha_required'
  if (type === 'login.failed') {
    if (data['challenge_id'] !== undefined) return undefined
    return typeof data['reason'] === 'string' ? data['reason'] : 'unknown'
  }
  if (type !== 'login.succeeded' || typeof data['amr'] !== 'string') return undefined
  const methods = data['amr'].split(' ')
  return methods.includes('pwd') && methods.length > 1 ? undefined : 'completed'
}
