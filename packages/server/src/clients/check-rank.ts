import type { Scope } from '@gatehouse/contract/operation'
import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { ClientRow } from './client.store.ts'
import { readStoredLists } from './stored-client.ts'

/**
 * Nobody gives what they do not have, in one step or in two: whoever rotates the secret of a client holds what the client
 * may do. An operator may all, and so does an administrator whose role gives the operation.
 * @throws Fault `client_outranks_caller`
 */
export function checkGrant({ actor }: Pick<Context, 'actor'>, granted: readonly Scope[]): void {
  if (actor.kind === 'operator' || actor.kind === 'administrator') return
  const held: ReadonlySet<Scope> = actor.kind === 'client' ? actor.client.scopes : new Set()
  const lacking = granted.find((scope) => !held.has(scope))
  if (lacking) throw new Fault('client_outranks_caller', { detail: `The caller does not have the scope ${lacking}.` })
}

/** The caller may change this client: itself, or one that may nothing that the caller may not. */
export function checkRank(ctx: Pick<Context, 'actor'>, client: ClientRow): void {
  checkGrant(ctx, readStoredLists(client).scopes)
}
