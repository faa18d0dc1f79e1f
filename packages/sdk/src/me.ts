import * as accountApi from '@gatehouse/contract/account-operations'
import { noteMyKeyShown } from '@gatehouse/contract/level-operations'
import * as api from '@gatehouse/contract/me-operations'
import type { Input, Operation, Output } from '@gatehouse/contract/operation'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { everyRow } from './every-row.ts'
import type { Transport } from './transport.ts'

type Method<O extends Operation> = (input: Input<O>) => Promise<Output<O>>
type Ask<O extends Operation> = () => Promise<Output<O>>

/** What proves a second factor: a code of now, or the token that an earlier proof was answered with. */
export interface Proof {
  /** Spent with the first call that is answered; what it was answered with goes with the next ones. */
  readonly code?: string | undefined
  readonly sessionToken?: string | undefined
}

/** A person's own account, as they may act on it. */
export interface Me {
  readonly get: Ask<typeof api.getMe>
  readonly rename: Method<typeof api.changeMyName>
  readonly changePassword: Method<typeof api.changeMyPassword>
  readonly email: {
    readonly change: Method<typeof accountApi.changeMyEmail>
    readonly confirm: Method<typeof accountApi.confirmMyEmail>
  }
  readonly phone: {
    readonly change: Method<typeof accountApi.changeMyPhone>
    readonly confirm: Method<typeof accountApi.confirmMyPhone>
  }
  readonly factors: {
    readonly list: Ask<typeof api.listMyFactors>
    readonly enroll: Method<typeof api.enrollMyFactor>
    readonly activate: Method<typeof api.activateMyFactor>
    readonly rename: Method<typeof api.renameMyFactor>
    readonly remove: Method<typeof api.removeMyFactor>
    /** The QR code did not do: I am shown the key to type. */
    readonly noteKeyShown: Method<typeof noteMyKeyShown>
  }
  readonly sessions: {
    readonly list: Ask<typeof api.listMySessions>
    readonly revoke: Method<typeof api.endMySession>
    /** All but this one. */
    readonly revokeOthers: Ask<typeof api.endMyOtherSessions>
  }
  readonly activity: {
    readonly list: () => AsyncIterable<AuditEvent>
    /** One page, with the cursor of the next. */
    readonly listPage: Method<typeof api.listMyActivity>
  }
  /** The token of the proven second factor, to be kept for later; undefined while none is proven. */
  sessionToken(): string | undefined
}

/** Calls with the token of a person, unsigned: their own operations and no others. */
export function meOf(transport: Transport, accessToken: string, proof: Proof = {}): Me {
  let { code, sessionToken } = proof
  const credentials = {
    async headersOf() {
      return {
        authorization: `Bearer ${accessToken}`,
        ...(code !== undefined && { 'x-mfa-token': code }),
        ...(sessionToken !== undefined && { 'x-session-token': sessionToken }),
      }
    },
    onAnswer(headers: Headers) {
      code = undefined
      sessionToken = headers.get('x-session-token') ?? sessionToken
    },
  }
  const method =
    <O extends Operation>(operation: O): Method<O> =>
    async (input) =>
      (await transport(operation, input as Readonly<Record<string, unknown>>, credentials)) as Output<O>
  const ask =
    <O extends Operation>(operation: O): Ask<O> =>
    async () =>
      (await transport(operation, {}, credentials)) as Output<O>
  const listPage = method(api.listMyActivity)

  return {
    get: ask(api.getMe),
    rename: method(api.changeMyName),
    changePassword: method(api.changeMyPassword),
    email: { change: method(accountApi.changeMyEmail), confirm: method(accountApi.confirmMyEmail) },
    phone: { change: method(accountApi.changeMyPhone), confirm: method(accountApi.confirmMyPhone) },
    factors: {
      list: ask(api.listMyFactors),
      enroll: method(api.enrollMyFactor),
      activate: method(api.activateMyFactor),
      rename: method(api.renameMyFactor),
      remove: method(api.removeMyFactor),
      noteKeyShown: method(noteMyKeyShown),
    },
    sessions: {
      list: ask(api.listMySessions),
      revoke: method(api.endMySession),
      revokeOthers: ask(api.endMyOtherSessions),
    },
    activity: { list: () => everyRow((cursor) => listPage({ cursor })), listPage },
    sessionToken: () => sessionToken,
  }
}
