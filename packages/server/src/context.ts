import type { AdministratorRole } from '@gatehouse/contract/administration'
import type { Client } from './clients/client.ts'
import type { TenantId } from './kernel/ids.ts'
import type { Moment } from './kernel/moment.ts'
import type { FindPlace } from './kernel/place.ts'
import type { Hit, Kept, Owed, Window } from './storage/counters.ts'
import type { Schema } from './storage/schema.ts'
import type { Committed, Reader, Storage } from './storage/storage.ts'
import type { Write } from './storage/write.ts'

/** A person who calls for themselves: their session, and the application that they signed in to. */
export interface Bearer {
  readonly client: Client
  readonly session: Schema['session']
}

/** An administrator who acts in a tenant that they look after. */
export interface Administrator extends Bearer {
  readonly role: AdministratorRole
  readonly tenant: { readonly id: TenantId; readonly isTest: boolean }
  /** Why they do it, where the operation itself does not ask. */
  readonly reason: string | undefined
}

/**
 * Who acts: a client application through the API, a person on their own account, an administrator, somebody with the data
 * folder in hands, or the server itself.
 */
export type Actor =
  | { readonly kind: 'client'; readonly client: Client }
  | ({ readonly kind: 'user' } & Bearer)
  | ({ readonly kind: 'administrator' } & Administrator)
  | { readonly kind: 'operator' }
  | { readonly kind: 'system' }
  | { readonly kind: 'nobody' }

/** Where the deed came from: the person's machine where the application tells it, else the machine that called. */
export interface Source {
  readonly ipAddress: string | null
  readonly userAgent: string | null
}

/** One request's or one job's view of the world. Passed first, never stored, never global. */
export interface Context extends Moment {
  readonly db: Reader
  readonly tenantId: TenantId
  readonly actor: Actor
  readonly source: Source
  /** Absent where nothing comes from anywhere. */
  readonly findPlace?: FindPlace
  readonly requestId: string | null
  /** How this context changes things. Used through `commit`, `hit` and `once`. */
  readonly storage: Storage
  /** Counts that are taken and not yet durable. */
  readonly owed: Owed[]
}

/**
 * Everything in `writes` becomes durable together, with the counts taken so far, or nothing of it does (the counts
 * stay) and the failed guard is named. The only way to change anything.
 */
export function commit(ctx: Context, writes: readonly Write[]): Promise<Committed> {
  return ctx.storage.commit(writes, ctx.owed.splice(0))
}

/** Makes the counts durable that no commit has carried. Called once, before an answer leaves. */
export function settle({ storage, owed }: Pick<Context, 'storage' | 'owed'>): Promise<unknown> {
  return owed.length > 0 ? storage.commit([], owed.splice(0)) : nothing
}

const nothing = Promise.resolve()

/** Whether a client of a test tenant acts, somebody who signed in to one, or an administrator in one. */
export function isTestCall({ actor }: Pick<Context, 'actor'>): boolean {
  if (actor.kind === 'administrator') return actor.tenant.isTest
  return 'client' in actor && actor.client.isTest
}

/** The client application that calls. Only operations of the column `client` may ask. */
export function callingClient(ctx: Context): Client {
  if (ctx.actor.kind !== 'client') throw new Error('this operation is for client applications')
  return ctx.actor.client
}

/** The session of the person who acts on their own account. Only operations of the column `user` may ask. */
export function actingSession(ctx: Context): Bearer['session'] {
  if (ctx.actor.kind !== 'user') throw new Error('this operation is for people')
  return ctx.actor.session
}

/** Who acts, and in which session. Only operations of the column `admin` may ask. */
export function actingAdministrator(ctx: Context): Administrator {
  if (ctx.actor.kind !== 'administrator') throw new Error('this operation is for administrators')
  return ctx.actor
}

/** Whether a person acts who came in by a recovery code. */
export function isRecovery({ actor }: Pick<Context, 'actor'>): boolean {
  return actor.kind === 'user' && actor.session.acr === 'recovery'
}

/** Counts an attempt under `key`, before anything is judged. */
export async function hit(ctx: Context, key: string, window: Window): Promise<Hit> {
  const { owed, ...verdict } = await ctx.storage.counters.hit(key, window, ctx.now.getTime())
  if (owed) ctx.owed.push(owed)
  return verdict
}

/** True the first time that `key` is seen within `ttlMs`. */
export async function once(ctx: Context, key: string, ttlMs: number): Promise<boolean> {
  const { owed, first } = await ctx.storage.counters.once(key, ttlMs, ctx.now.getTime())
  if (owed) ctx.owed.push(owed)
  return first
}

/** Keeps a small state that is read, decided and kept in one step. `decide` is pure. */
export async function update<Result>(
  ctx: Context,
  key: string,
  ttlMs: number,
  decide: (kept: string | undefined) => Kept<Result>,
): Promise<Result> {
  const { owed, result } = await ctx.storage.counters.update(key, ttlMs, ctx.now.getTime(), decide)
  if (owed) ctx.owed.push(owed)
  return result
}
