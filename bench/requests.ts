import { anyAddress } from './any-address.ts'
import type { Person, Queue } from './people.ts'
import { type Caller, signedRequest } from './signed-request.ts'

/** So many validations, signed now; the tokens take turns. */
export function validations(caller: Caller, tokens: readonly string[], count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const token = tokens[index % tokens.length]
    return signedRequest(caller, '/v1/tokens/validate', { token, end_user: { ip: anyAddress() } })
  })
}

/** So many answers to challenges, each of another person, with the code of now. */
export function verifications(caller: Caller, queue: Queue, count: number): Uint8Array[] {
  const code = queue.readCode()
  return queue
    .take(count)
    .map((id) => signedRequest(caller, `/v1/challenges/${id}/verify`, { code, end_user: { ip: anyAddress() } }))
}

/** So many sign-ins. The people take turns, because attempts that come too thick on one account lock it. */
export function logins(caller: Caller, people: readonly Person[], count: number): Uint8Array[] {
  const first = Math.floor(Math.random() * people.length)
  return Array.from({ length: count }, (_, index) => {
    const person = people[(first + index) % people.length]
    return signedRequest(caller, '/v1/auth/login', { ...person, end_user: { ip: anyAddress() } })
  })
}
