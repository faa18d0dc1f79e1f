import type { Action } from '@gatehouse/contract/action'
import { decode } from '../base64url.ts'
import type { Gatehouse } from '../client.ts'

interface Asking {
  /** Found good by the server a moment ago. */
  readonly token: string
  readonly action: Action | undefined
  readonly endUser: { readonly ip?: string | undefined; readonly user_agent?: string | undefined }
}

/**
 * Asks whose token this is to step up, in the session of the token, and for this action if there is one. Undefined where
 * they cannot: the refusal is told all the same.
 */
export async function openStepUp(
  gatehouse: Gatehouse,
  { token, action, endUser }: Asking,
): Promise<string | undefined> {
  const { sub, sid } = claimsOf(token)
  // Clients with `numeric_sub` know their users by numbers, which name nobody here.
  if (!isId(sub, 'usr') || !isId(sid, 'ses')) return undefined
  const asked = { id: sub, purpose: 'step_up', session_id: sid, action, end_user: endUser } as const
  return gatehouse.users.challenges.create(asked).then(
    ({ id }) => id,
    () => undefined,
  )
}

function isId<P extends string>(value: unknown, prefix: P): value is `${P}_${string}` {
  return typeof value === 'string' && value.startsWith(`${prefix}_`)
}

function claimsOf(token: string): { readonly sub?: unknown; readonly sid?: unknown } {
  return JSON.parse(new TextDecoder().decode(decode(token.split('.')[1] ?? '')))
}
