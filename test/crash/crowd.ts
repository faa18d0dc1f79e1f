import { activateFactor, enrollFactor } from '@gatehouse/contract/factor-operations'
import { login } from '@gatehouse/contract/sign-in-operations'
import { createUser } from '@gatehouse/contract/user-operations'
import { type PhoneAccount, virtualPhone } from '@gatehouse/testing/virtual-phone'
import { type Journal, outputOf } from './journal.ts'

/** People with phones and recovery codes, and what they know of their sign-ins. */
export interface Crowd {
  readonly people: Person[]
  /** Every code that was ever handed in, accepted or not. */
  readonly used: UsedCode[]
  readonly sessions: OpenSession[]
  /** Every Idempotency-Key that was ever used, and for whom. */
  readonly keys: UsedKey[]
}

/** Whoever uses it again asks for the same thing. */
export interface UsedKey {
  readonly key: string
  readonly person: Person
  readonly life: number
}

export interface Person {
  readonly id: `usr_${string}`
  readonly email: string
  readonly devices: Device[]
  /** Those not handed in yet. */
  readonly recoveryCodes: Code[]
  /** Those that may still be open. */
  readonly challenges: OpenChallenge[]
}

export interface Device {
  readonly factorId: `fac_${string}`
  readonly account: PhoneAccount
  /** The last step whose code was handed in. */
  lastStep: number
}

export interface Code {
  /** No other code has it. */
  readonly name: string
  readonly text: string
  /** Whose code it is; without it the server tries all factors. */
  readonly factorId: `fac_${string}` | undefined
}

export interface UsedCode extends Code {
  readonly person: Person
  readonly life: number
}

export interface OpenChallenge {
  readonly id: `chl_${string}`
  readonly openedMs: number
  /** How many answers were sent to it. */
  attempts: number
}

interface OpenSession {
  readonly id: string
  readonly token: string
  readonly life: number
}

const password = 'a few unrelated words'
const stepMs = 30_000
const phone = virtualPhone()

/** A new person, for a server that is not ended meanwhile. */
export async function signUp(journal: Journal, crowd: Crowd, email: string): Promise<void> {
  const user = outputOf(createUser, await journal.send(createUser, { email, password }))
  if (!user) throw new Error(`${email} cannot be made a user`)
  crowd.people.push({ id: user.id, email, devices: [], recoveryCodes: [], challenges: [] })
}

/** One more phone; nothing comes of it when the server ends meanwhile. */
export async function enrollDevice(journal: Journal, crowd: Crowd, person: Person): Promise<void> {
  const enrolled = outputOf(enrollFactor, await journal.send(enrollFactor, { id: person.id, type: 'totp' }))
  if (enrolled?.enrollment.type !== 'totp') return
  const { id: factorId } = enrolled.factor
  const device: Device = { factorId, account: phone.scan(enrolled.enrollment.uri), lastStep: 0 }
  const code = nextCode(device)
  if (!code) return
  crowd.used.push({ ...code, person, life: journal.life })
  const activation = await journal.send(activateFactor, { id: factorId, code: code.text }, { code: code.name })
  const activated = outputOf(activateFactor, activation)
  if (!activated) return
  person.devices.push(device)
  for (const text of activated.recovery_codes ?? []) {
    person.recoveryCodes.push({ name: `${person.id} ${text}`, text, factorId: undefined })
  }
}

/** A code that was not handed in yet and that the server takes now; undefined when all those were. */
export function nextCode(device: Device): Code | undefined {
  const now = Date.now()
  const current = Math.floor(now / stepMs)
  // The code of the step before is still good, but not if it would arrive in the next one.
  const oldest = now % stepMs < stepMs - 5000 ? current - 1 : current
  const step = Math.max(device.lastStep + 1, oldest)
  if (step > current + 1) return undefined
  device.lastStep = step
  return { name: `${device.factorId} of step ${step}`, text: codeOf(device, step), factorId: device.factorId }
}

/** Six digits that this phone does not show within some minutes. */
export function wrongCode(device: Device): string {
  const current = Math.floor(Date.now() / stepMs)
  const near = new Set(Array.from({ length: 11 }, (_, index) => codeOf(device, current - 5 + index)))
  let number = 0
  while (near.has(String(number).padStart(6, '0'))) number++
  return String(number).padStart(6, '0')
}

function codeOf({ account }: Device, step: number): string {
  return phone.code(account, new Date(step * stepMs))
}

/** A sign-in as far as its challenge, which is then among those of the person. */
export async function openChallenge(journal: Journal, person: Person): Promise<void> {
  const begun = outputOf(login, await journal.send(login, { email: person.email, password }))
  if (begun?.status !== 'mfa_required') return
  person.challenges.push({ id: begun.challenge.id, openedMs: Date.now(), attempts: 0 })
}
