import type { AuditEvent } from '@gatehouse/contract/resources'
import { login } from '@gatehouse/contract/sign-in-operations'
import { validateToken } from '@gatehouse/contract/verification-operations'
import type { Crowd } from './crowd.ts'
import { endsSession } from './find-faults.ts'
import type { Journal } from './journal.ts'
import type { Load } from './load.ts'
import type { Seeded } from './seeded.ts'

export interface Review {
  readonly journal: Journal
  readonly crowd: Crowd
  readonly load: Load
  readonly random: Seeded
}

/**
 * Asks a new life about the one before: the same bytes again, the same codes again, challenges that have taken wrong
 * codes, and tokens. Whether something was accepted twice, the journal shows; here are the faults that it does not.
 */
export async function reviewLastLife(review: Review, events: readonly AuditEvent[]): Promise<string[]> {
  const { journal, crowd, load, random } = review
  const last = journal.entries.filter((entry) => entry.life === journal.life - 1)
  const unanswered = last.filter((entry) => entry.answer === undefined && entry.operation !== login)
  const bytes = [...unanswered, ...random.sample(last, 15)]
  const codes = crowd.used.filter((code) => code.life === journal.life - 1).slice(-8)
  const keys = crowd.keys.filter(({ life }) => life === journal.life - 1).slice(-20)
  const faults = await Promise.all(findSessions(review).map((session) => judgeSession(review, session, events)))
  // Only now: among the bytes are logouts that the last life did not come to.
  await Promise.all([
    ...bytes.map(journal.post),
    ...codes.map((code) => load.handIn(code.person, code)),
    ...keys.map(load.askAgain),
    exhaustOne(review),
  ])
  return faults.filter((fault) => fault !== undefined)
}

/** A challenge that took codes in an earlier life takes only what is left of its number. */
async function exhaustOne({ crowd, load, random }: Review): Promise<void> {
  const tried = crowd.people.flatMap((person) =>
    person.challenges.filter(({ attempts }) => attempts > 0).map((challenge) => ({ person, challenge })),
  )
  const found = random.pick(tried)
  if (!found) return
  const { person, challenge } = found
  person.challenges.splice(person.challenges.indexOf(challenge), 1)
  await load.exhaust(person, challenge)
}

function findSessions({ journal, crowd, random }: Review) {
  const last = crowd.sessions.filter((session) => session.life === journal.life - 1)
  return [...last, ...random.sample(crowd.sessions, 5)]
}

/** A session lives if the record says that it began and does not say that it ended. */
export async function judgeSession(
  { journal }: Pick<Review, 'journal'>,
  { id, token }: Crowd['sessions'][number],
  events: readonly AuditEvent[],
): Promise<string | undefined> {
  const told = events.filter((event) => event.session_id === id)
  const lives = told.some(({ type }) => type === 'login.succeeded') && !told.some(endsSession)
  const { answer } = await journal.send(validateToken, { token })
  // A way back in lives, and is nothing to applications.
  const isAlive = answer?.body['active'] === true || answer?.body['reason'] === 'restricted'
  if (isAlive === lives) return undefined
  return `the session ${id} should be ${lives ? 'alive' : 'at its end'}: ${JSON.stringify(answer?.body)}`
}
