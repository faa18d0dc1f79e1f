import type { Operation } from './operation.ts'

/** Operations that judge the proof of a second factor: how long they take is the time of a verification. */
const proofOperations: ReadonlySet<string> = new Set([
  'verifyChallenge',
  'verifyPasskey',
  'activateFactor',
  'activateMyFactor',
])

export function judgesProof({ id }: Operation): boolean {
  return proofOperations.has(id)
}

/** Times are counted by the first of these that they do not exceed; the targets are among them. */
export const boundsMs = [5, 10, 25, 50, 100, 200, 500, 1000, 3000, 5000, 10_000] as const
/** What exceeds all of them. */
const overBounds = 'more'

export function boundOf(tookMs: number): string {
  return String(boundsMs.find((bound) => tookMs <= bound) ?? overBounds)
}

interface LevelKind {
  /** How many of a hundred are to be good. */
  readonly objective: number
  readonly sentence: string
  /** What is good: outcomes by name, or what took no longer. What is neither good nor bad does not count. */
  readonly good?: readonly string[]
  readonly withinMs?: number
  readonly bad?: readonly string[]
}

/** What the service promises. `docs/service-levels.md` says how each is counted. */
export const levels = {
  sign_in: {
    objective: 99.5,
    good: ['completed'],
    bad: ['risk', 'server_error'],
    sentence: 'Sign-ins with the right password or passkey that were led on.',
  },
  mfa: {
    objective: 99.5,
    good: ['verified'],
    bad: ['failed', 'risk', 'server_error'],
    sentence: 'Second factors that somebody answered for, and that were proven in the end.',
  },
  api: {
    objective: 99,
    withinMs: 200,
    bad: ['server_error'],
    sentence: 'Requests of known callers that were answered within 200 ms and did not fail by our fault.',
  },
  mfa_time: { objective: 99, withinMs: 3000, sentence: 'Proofs of second factors that were judged within 3 s.' },
  enrollment: {
    objective: 95,
    good: ['done'],
    bad: ['abandoned'],
    sentence: 'Enrolments of factors that were begun, and came to their end.',
  },
  qr: {
    objective: 80,
    good: ['scanned'],
    bad: ['key_shown', 'abandoned'],
    sentence: 'Enrolments of apps that needed no key to type and came to their end.',
  },
  push_web_push: push('web_push'),
  push_fcm: push('fcm'),
  push_polling: push('polling'),
  alert_delay: { objective: 99, withinMs: 5000, sentence: 'Alerts that were raised within 5 s of their event.' },
} as const satisfies Record<string, LevelKind>

function push(transport: string) {
  return {
    objective: 95,
    good: ['delivered'],
    bad: ['missed'],
    sentence: `Requests that reached a device by ${transport} while they waited.`,
  } as const
}

export type LevelName = keyof typeof levels
export const levelNames = Object.keys(levels) as [LevelName, ...LevelName[]]

/** Whether what was counted under this label is good or bad for the level; undefined when it does not count. */
export function judgeLabel(name: LevelName, label: string): 'good' | 'bad' | undefined {
  const { good, withinMs, bad }: LevelKind = levels[name]
  if (good?.includes(label)) return 'good'
  if (bad?.includes(label)) return 'bad'
  if (withinMs === undefined) return undefined
  return label !== overBounds && Number(label) <= withinMs ? 'good' : 'bad'
}

/** How many of a hundred were good; undefined when there was nothing to count. */
export function shareOf({ good, bad }: { readonly good: number; readonly bad: number }): number | undefined {
  return good + bad === 0 ? undefined : (good / (good + bad)) * 100
}

export function isMet(name: LevelName, counted: { readonly good: number; readonly bad: number }): boolean {
  return (shareOf(counted) ?? 100) >= levels[name].objective
}

/** How fast what may go wrong is used up: 1 is just so fast that none is left at the end of the objective's time. */
export function burnRate(name: LevelName, { good, bad }: { readonly good: number; readonly bad: number }): number {
  const all = good + bad
  return all === 0 ? 0 : bad / all / (1 - levels[name].objective / 100)
}

/** Steps of an enrolment, in their order. */
export const enrollmentSteps = ['started', 'restarted', 'key_shown', 'rejected', 'done', 'abandoned'] as const
export type EnrollmentStep = (typeof enrollmentSteps)[number]
