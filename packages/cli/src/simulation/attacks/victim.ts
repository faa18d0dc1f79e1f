import type { Authenticated, Challenge } from '@gatehouse/contract/resources'
import { signUp, type TestPerson } from '@gatehouse/testing/sign-up'
import { type From, isRefusal, tryPatiently } from '@gatehouse/testing/try-password'
import { addressIn, agents, type Country } from '../networks.ts'
import type { Stage, Traces } from '../stage.ts'

/** Somebody whose account is attacked. */
export interface Victim extends TestPerson {
  readonly id: `usr_${string}`
  readonly email: string
  readonly home: From
}

export function fromCountry(stage: Stage, country: Country, user_agent: string = agents.attacker): From {
  return { ip: addressIn(country, stage.chance), user_agent }
}

/** An address that nobody has, of which codes by mail are known in a test tenant. */
export function newAddress({ chance, now }: Stage, name: string): string {
  return `${name}-${now().getTime().toString(36)}${chance.between(0, 36 ** 6).toString(36)}+test@example.test`
}

export async function newVictim(stage: Stage, factor?: 'totp'): Promise<Victim> {
  const email = newAddress(stage, 'victim')
  const person = await signUp(stage.gatehouse, { email, factor, now: stage.now })
  return { ...person, id: person.user.id, email, home: fromCountry(stage, 'DE', agents.laptop) }
}

export function tracesOf(victim: Victim, from: From): Traces {
  return { users: [victim.id], sources: [from.ip] }
}

/** The right password, which whoever this is has got hold of. */
async function signIn(stage: Stage, { email, password }: Victim, from: From) {
  const answer = await tryPatiently(stage, { email, password, from })
  if (isRefusal(answer)) throw answer
  return answer
}

/** @throws Error for a victim who has a second factor */
export async function enter(stage: Stage, victim: Victim, from: From): Promise<Authenticated> {
  const answer = await signIn(stage, victim, from)
  if (answer.status !== 'authenticated') throw new Error(`The answer to the password is ${answer.status}.`)
  return answer
}

/** @throws Error for a victim who has no second factor */
export async function knock(stage: Stage, victim: Victim, from: From): Promise<Challenge> {
  const answer = await signIn(stage, victim, from)
  if (answer.status !== 'mfa_required') throw new Error(`The answer to the password is ${answer.status}.`)
  return answer.challenge
}
