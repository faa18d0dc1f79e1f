import { defaultPolicy } from '@gatehouse/contract/policy'
import type { AuditEvent } from '@gatehouse/contract/resources'
import type { Entry } from './journal.ts'

/** A request, and what the record says of it. */
interface Trace {
  readonly entry: Entry
  readonly events: readonly AuditEvent[]
}

/**
 * What each answer leaves in the record: the types of its events in alphabetical order, alternatives beside each other.
 * An answer that is not here is a fault. What got no answer leaves one of these, or nothing: a commit is never half there.
 */
const outcomes: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  createUser: { '201': ['password.changed user.created'] },
  enrollFactor: {
    '201': ['factor.enrolled', 'request.repeated'],
    '409 idempotency_in_progress': ['request.refused'],
    '409 idempotency_answer_lost': ['request.refused'],
  },
  activateFactor: {
    '200': ['factor.activated', 'factor.activated recovery_codes.generated'],
    '401 mfa_code_invalid': ['factor.rejected'],
  },
  login: {
    '200': ['login.challenged'],
    '401 invalid_credentials': ['login.failed'],
    '503 overloaded': [''],
  },
  verifyChallenge: {
    '200': ['factor.verified login.succeeded', 'login.succeeded recovery_code.used'],
    '401 challenge_expired': ['factor.rejected'],
    '401 mfa_code_invalid': ['factor.rejected'],
    '401 recovery_code_used': ['factor.rejected'],
    '401 totp_code_reused': ['factor.rejected'],
  },
  validateToken: { '200': [''], '200 inactive': ['token.rejected'] },
  logout: { '200': ['session.ended'], '401 token_invalid': ['token.rejected'] },
  revokeToken: { '200': ['session.revoked', ''] },
}

const accepting: ReadonlySet<string> = new Set(['factor.activated', 'factor.verified', 'recovery_code.used'])

/** Everything that the journal and the record together show to be wrong, over all lives of the server. */
export function findFaults(entries: readonly Entry[], events: readonly AuditEvent[]): string[] {
  const told = Map.groupBy(events, (event) => event.request_id)
  const traces = entries.map((entry) => ({ entry, events: told.get(entry.requestId) ?? [] }))
  const accepted = traces.filter(isAccepted)
  return [
    ...traces.flatMap(judgeRecord),
    ...findRepeated('the code', accepted, (entry) => entry.about.code),
    ...findRepeated('the challenge', accepted, (entry) => entry.about.challengeId),
    ...findRepeated('the signature', traces.filter(hasPassed), (entry) => entry.signed.headers['x-signature']),
    ...findRepeated('the key', traces.filter(isCarriedOut), (entry) => entry.about.key),
    ...findBrokenKeys(traces),
    ...findOverrun(traces),
    ...findForgottenEnds(traces, events),
  ]
}

/** Requests that were carried out although nobody was told. */
export function findUnanswered(entries: readonly Entry[], events: readonly AuditEvent[]): readonly Entry[] {
  const told = new Set(events.map((event) => event.request_id))
  return entries.filter((entry) => entry.answer === undefined && told.has(entry.requestId))
}

/** Every answer has its events, and no request has other ones. */
function judgeRecord({ entry, events }: Trace): string[] {
  const known: (typeof outcomes)[string] = {
    '401 signature_replayed': ['request.refused'],
    // On a slow machine the same bytes come again when their time is over.
    '401 signature_timestamp_out_of_range': ['request.refused'],
    ...outcomes[entry.operation.id],
  }
  // With a new factor end as many ways back in as there are.
  const isAtWill = ({ type }: AuditEvent) => entry.operation.id === 'activateFactor' && type === 'session.revoked'
  const found = events
    .filter((event) => !isAtWill(event))
    .map((event) => event.type)
    .sort()
    .join(' ')
  const { answer } = entry
  const name = answer && nameAnswer(answer)
  const possible = name === undefined ? ['', ...Object.values(known).flat()] : known[name]
  if (!possible) return [`${describe(entry)}: no such answer is foreseen`]
  if (answer && answer.requestId !== entry.requestId) return [`${describe(entry)}: it bears the id ${answer.requestId}`]
  if (possible.includes(found)) return []
  return [`${describe(entry)}: the record has "${found}", not ${possible.map((types) => `"${types}"`).join(' or ')}`]
}

function nameAnswer({ status, body }: NonNullable<Entry['answer']>): string {
  if (typeof body['code'] === 'string') return `${status} ${body['code']}`
  return body['active'] === false ? `${status} inactive` : String(status)
}

function findRepeated(what: string, traces: readonly Trace[], nameOf: (entry: Entry) => string | undefined): string[] {
  const groups = Map.groupBy(traces, ({ entry }) => nameOf(entry))
  return [...groups].flatMap(([name, same]) => {
    if (name === undefined || same.length < 2) return []
    return [`${what} ${name} was accepted ${same.length} times: ${same.map((each) => describe(each.entry)).join('; ')}`]
  })
}

function isAccepted({ entry, events }: Trace): boolean {
  const { operation, answer } = entry
  if (operation.id !== 'verifyChallenge' && operation.id !== 'activateFactor') return false
  return answer?.status === operation.status || events.some((event) => accepting.has(event.type))
}

/** Whether it did what its key stands for, and did not find it done. */
function isCarriedOut({ events }: Trace): boolean {
  return events.some(({ type }) => type === 'factor.enrolled')
}

/** All who come with one key get one answer, and what was answered was carried out. */
function findBrokenKeys(traces: readonly Trace[]): string[] {
  const groups = Map.groupBy(traces, ({ entry }) => entry.about.key)
  return [...groups].flatMap(([key, same]) => {
    const answers = same.flatMap(({ entry }) =>
      entry.answer?.status === 201 ? [JSON.stringify(entry.answer.body)] : [],
    )
    if (key === undefined || answers.length === 0) return []
    if (new Set(answers).size > 1) return [`the key ${key} has different answers`]
    return same.some(isCarriedOut) ? [] : [`the key ${key} was answered and nothing was done`]
  })
}

const turnedAway: ReadonlySet<unknown> = new Set(['signature_replayed', 'signature_timestamp_out_of_range'])

/** Whether the request came past the wall that stops signatures seen before. */
function hasPassed({ entry, events }: Trace): boolean {
  if (entry.answer) return !turnedAway.has(entry.answer.body['code'])
  return events.some((event) => event.type !== 'request.refused')
}

/** A challenge takes so many answers, however often the server ends in between. */
function findOverrun(traces: readonly Trace[]): string[] {
  const limit = defaultPolicy().challengeAttempts
  const groups = Map.groupBy(traces.filter(isJudged), ({ entry }) => entry.about.challengeId)
  return [...groups].flatMap(([id, judged]) =>
    id === undefined || judged.length <= limit ? [] : [`the challenge ${id} took ${judged.length} answers`],
  )
}

/** Who was told that a session has ended finds its end on record. It may have ended before, by another request. */
function findForgottenEnds(traces: readonly Trace[], events: readonly AuditEvent[]): string[] {
  const ended = new Set(events.filter(endsSession).map((event) => event.session_id))
  return traces.flatMap(({ entry }) => {
    const { about, answer, operation } = entry
    const isTold = about.endsSession !== undefined && answer?.status === operation.status
    return isTold && !ended.has(about.endsSession) ? [`${describe(entry)}: ${about.endsSession} has not ended`] : []
  })
}

/** Whether the event is the end of a session. */
export function endsSession({ type }: AuditEvent): boolean {
  return type === 'session.ended' || type === 'session.revoked'
}

/** Whether the proof was looked at, and not turned away with its challenge. */
function isJudged(trace: Trace): boolean {
  const wasRejected = ({ type, data }: AuditEvent) =>
    type === 'factor.rejected' && data['reason'] !== 'challenge_expired'
  return isAccepted(trace) || trace.events.some(wasRejected)
}

function describe({ requestId, operation, answer }: Entry): string {
  return `${requestId} ${operation.id} ${answer ? nameAnswer(answer) : 'without an answer'}`
}
