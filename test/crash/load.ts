import { enrollFactor } from '@gatehouse/contract/factor-operations'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { logout } from '@gatehouse/contract/session-operations'
import { login, verifyChallenge } from '@gatehouse/contract/sign-in-operations'
import { revokeToken, validateToken } from '@gatehouse/contract/verification-operations'
import {
  type Code,
  type Crowd,
  type Device,
  enrollDevice,
  nextCode,
  type OpenChallenge,
  openChallenge,
  type Person,
  type UsedKey,
  wrongCode,
} from './crowd.ts'
import { type Entry, type Journal, outputOf } from './journal.ts'
import type { Seeded } from './seeded.ts'

const { challengeAttempts, challengeSeconds } = defaultPolicy()
const loginsAtOnce = 3

/** What applications, people and attackers do, all at once. */
export interface Load {
  /** One thing, whichever; a sign-in among others only where passwords are hashed, as starting that takes a while. */
  act(options: { readonly signIns: boolean }): Promise<void>
  /** Hands a code in, to a challenge of the person that is open, if there is one. */
  handIn(person: Person, code: Code): Promise<void>
  /** Asks once more for what an Idempotency-Key stands for, by a signature of its own. */
  askAgain(used: UsedKey): Promise<Entry>
  /** Tries wrong codes on a challenge until it takes no more. */
  exhaust(person: Person, challenge: OpenChallenge): Promise<void>
}

type Deed = (person: Person) => Promise<unknown> | undefined

export function createLoad(journal: Journal, crowd: Crowd, random: Seeded): Load {
  let logins = 0

  function takeChallenge(person: Person): OpenChallenge | undefined {
    for (let next = person.challenges.shift(); next; next = person.challenges.shift()) {
      const isYoung = Date.now() - next.openedMs < (challengeSeconds - 20) * 1000
      if (isYoung && next.attempts < challengeAttempts) return next
    }
    return undefined
  }

  function answer(challenge: OpenChallenge, code: Code) {
    const { id } = challenge
    const input = { id, code: code.text, ...(code.factorId && { factor_id: code.factorId }) }
    return journal.sign(verifyChallenge, input, { code: code.name, challengeId: id })
  }

  /** Keeps what the answers gave, and the challenges that none of them has closed. */
  function keep(person: Person, challenges: readonly OpenChallenge[], entries: readonly Entry[]): void {
    const closed = new Set<string | undefined>()
    for (const entry of entries) {
      const inside = outputOf(verifyChallenge, entry)
      if (inside?.status === 'authenticated')
        crowd.sessions.push({ id: inside.session_id, token: inside.access_token, life: journal.life })
      if (inside || entry.answer?.body['code'] === 'challenge_expired') closed.add(entry.about.challengeId)
    }
    person.challenges.push(...challenges.filter(({ id }) => !closed.has(id)))
  }

  /** One code four times at once: to one challenge, in the same bytes, to it again, and to another one if there is. */
  async function handInAtOnce(person: Person, challenge: OpenChallenge, code: Code): Promise<void> {
    crowd.used.push({ ...code, person, life: journal.life })
    const other = takeChallenge(person)
    const one = answer(challenge, code)
    const all = [one, one, answer(challenge, code), answer(other ?? challenge, code)]
    const challenges = other ? [challenge, other] : [challenge]
    for (const each of challenges) each.attempts += 2
    keep(person, challenges, await Promise.all(all.map(journal.post)))
  }

  async function handIn(person: Person, code: Code): Promise<void> {
    const challenge = takeChallenge(person)
    if (!challenge) return
    challenge.attempts++
    keep(person, [challenge], [await journal.post(answer(challenge, code))])
  }

  function wrongCodeOf(person: Person): Code | undefined {
    const device = random.pick(person.devices)
    // Has no name: it is no code that anybody could spend.
    return device && { name: '', text: wrongCode(device), factorId: device.factorId }
  }

  async function guess(person: Person, challenge: OpenChallenge): Promise<Entry | undefined> {
    const code = wrongCodeOf(person)
    if (!code) return undefined
    challenge.attempts++
    const { operation, signed } = answer(challenge, code)
    return journal.post({ operation, signed, about: { challengeId: challenge.id } })
  }

  /** What can be done, and how often beside the others. */
  const weighed: readonly (readonly [times: number, deed: Deed])[] = [
    [15, presentFresh],
    [3, presentRecovery],
    [9, repeatCode],
    [9, repeatBytes],
    [3, guessOnce],
    [6, showToken],
    [3, endSession],
    [1, (person) => enrollDevice(journal, crowd, person)],
    [3, askWithKey],
    [4, repeatKey],
  ]
  const deeds = weighed.flatMap(([times, deed]) => Array.from({ length: times }, () => deed))

  const signIns: readonly Deed[] = [
    (person) => openChallenge(journal, person),
    ({ email }) => journal.send(login, { email, password: 'not the right words' }),
  ]

  function presentFresh(person: Person) {
    return present(person, () => random.sample(person.devices, 4).reduce<Code | undefined>(firstCode, undefined))
  }

  function presentRecovery(person: Person) {
    return present(person, () => person.recoveryCodes.shift())
  }

  async function present(person: Person, takeCode: () => Code | undefined): Promise<void> {
    const challenge = takeChallenge(person)
    if (!challenge) return
    const code = takeCode()
    if (code) return handInAtOnce(person, challenge, code)
    person.challenges.push(challenge)
  }

  function repeatCode() {
    const code = random.pick(crowd.used.slice(-60))
    return code && handIn(code.person, code)
  }

  function repeatBytes() {
    const entry = random.pick(journal.entries.slice(-2000))
    // A login that is repeated before it was ever judged costs a password hash.
    return entry && (entry.answer || entry.operation !== login) ? journal.post(entry) : undefined
  }

  async function guessOnce(person: Person) {
    const challenge = takeChallenge(person)
    if (!challenge) return
    await guess(person, challenge)
    person.challenges.push(challenge)
  }

  /** Three times at once, as a client does that has lost patience. */
  function askWithKey(person: Person) {
    const used: UsedKey = { key: `enrolment-of-the-crowd-${crowd.keys.length}`, person, life: journal.life }
    crowd.keys.push(used)
    return Promise.all([askAgain(used), askAgain(used), askAgain(used)])
  }

  function askAgain({ key, person }: UsedKey) {
    return journal.send(enrollFactor, { id: person.id, type: 'totp' }, { key })
  }

  function repeatKey() {
    const used = random.pick(crowd.keys.slice(-60))
    return used && askAgain(used)
  }

  function showToken() {
    const session = random.pick(crowd.sessions)
    return session && journal.send(validateToken, { token: session.token })
  }

  function endSession() {
    const session = random.pick(crowd.sessions.slice(-30))
    const operation = random.below(2) === 0 ? logout : revokeToken
    return session && journal.send(operation, { token: session.token }, { endsSession: session.id })
  }

  async function signIn(person: Person): Promise<void> {
    logins++
    await random.pick(signIns)?.(person)
    logins--
  }

  return {
    async act(options) {
      const person = random.pick(crowd.people)
      if (!person) return
      if (options.signIns && logins < loginsAtOnce && random.below(5) === 0) await signIn(person)
      else await random.pick(deeds)?.(person)
    },
    handIn,
    askAgain,
    async exhaust(person, challenge) {
      let entry = await guess(person, challenge)
      while (entry?.answer?.body['code'] === 'mfa_code_invalid') entry = await guess(person, challenge)
    },
  }
}

function firstCode(found: Code | undefined, device: Device): Code | undefined {
  return found ?? nextCode(device)
}
