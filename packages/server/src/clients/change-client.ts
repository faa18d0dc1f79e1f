import type { changeClient as Contract } from '@gatehouse/contract/client-operations'
import type { Parsed } from '@gatehouse/contract/operation'
import type { Client } from '@gatehouse/contract/resources'
import { type Context, commit } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { ClientId } from '../kernel/ids.ts'
import { record } from '../log/record.ts'
import type { Write } from '../storage/write.ts'
import { checkEntries } from './allow-list.ts'
import { checkGrant, checkRank } from './check-rank.ts'
import { type ClientRow, replaceClient } from './client.store.ts'
import type { ClientTools } from './client-tools.ts'
import { getClient, getClientRow } from './get-client.ts'
import { readStoredLists, type StoredLists } from './stored-client.ts'

type Tools = Pick<ClientTools, 'forget'>

/** Puts what is given in the place of what was there, and changes nothing else. */
export function changeClient({ forget }: Tools) {
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Client> => {
    const { id, ...given } = input
    const row = await getClientRow(ctx, id)
    const before = readStoredLists(row)
    checkRank(ctx, row)
    checkGrant(ctx, given.scopes ?? [])
    checkEntries(given.allow ?? [])
    if (given.schemes) checkSchemes(ctx, before, given.schemes)
    const changed = {
      ...row,
      name: given.name ?? row.name,
      allow_list: JSON.stringify(given.allow ?? before.allow),
      scopes: JSON.stringify(given.scopes ?? before.scopes),
      schemes: JSON.stringify(given.schemes ?? before.schemes),
      public_keys: JSON.stringify(given.public_keys ?? before.publicKeys),
      redirect_uris: JSON.stringify(given.redirect_uris ?? before.redirectUris),
      numeric_sub: flagOf(given.numeric_sub, row.numeric_sub),
      ...changeVerification(row, given.local_verification),
      limits: JSON.stringify(given.limits ?? before.limits),
    }
    await replace(ctx, changed, recordChange(ctx, row, before, given))
    forget(row.slug)
    return getClient(ctx, { id })
  }
}

function flagOf(given: boolean | undefined, before: 0 | 1): 0 | 1 {
  return given === undefined ? before : given ? 1 : 0
}

/** When it is turned off, the token key that the client has read signs nothing any more, and what it signed is void. */
function changeVerification(
  row: ClientRow,
  given: boolean | undefined,
): Pick<ClientRow, 'local_verification' | 'token_key_number'> {
  const local_verification = flagOf(given, row.local_verification)
  const isTurnedOff = row.local_verification === 1 && local_verification === 0
  return { local_verification, token_key_number: row.token_key_number + (isTurnedOff ? 1 : 0) }
}

/** The classic scheme covers less than the others, and a token nothing: a stolen secret must not lead a client to them. */
function checkSchemes({ actor }: Context, before: StoredLists, wanted: StoredLists['schemes']): void {
  if (actor.kind === 'operator') return
  const weaker = ['v1', 'oauth'] as const
  if (weaker.some((scheme) => wanted.includes(scheme) && !before.schemes.includes(scheme))) {
    throw new Fault('scheme_downgrade')
  }
}

function recordChange(
  ctx: Context,
  { id, slug }: ClientRow,
  before: StoredLists,
  given: Partial<Parsed<typeof Contract>>,
): readonly Write[] {
  const { allow, scopes, schemes, redirect_uris: redirects } = given
  const about = { client_id: id, slug }
  const fields = Object.keys(given).join(' ')
  const lists = {
    ...(scopes && { scopes: scopes.join(' ') }),
    ...(schemes && { schemes: schemes.join(' ') }),
    ...(redirects && { redirect_uris: redirects.join(' ') }),
  }
  const written = record(ctx, { type: 'client.changed', data: { ...about, fields, ...lists } })
  if (!allow) return [written]
  const added = allow.filter((entry) => !before.allow.includes(entry)).join(' ')
  const removed = before.allow.filter((entry) => !allow.includes(entry)).join(' ')
  return [written, record(ctx, { type: 'client.allow_list_changed', data: { ...about, added, removed } })]
}

interface WithReason {
  readonly id: ClientId
  readonly reason: string
}

/** From now on it is refused like one that was never there. Its secrets stay, for when it is enabled again. */
export function disableClient(tools: Tools) {
  return (ctx: Context, input: WithReason) => setDisabled(ctx, tools, input, ctx.now.getTime(), 'client.disabled')
}

export function enableClient(tools: Tools) {
  return (ctx: Context, input: WithReason) => setDisabled(ctx, tools, input, null, 'client.enabled')
}

async function setDisabled(
  ctx: Context,
  { forget }: Tools,
  { id, reason }: WithReason,
  disabledAt: number | null,
  type: 'client.disabled' | 'client.enabled',
): Promise<Client> {
  const row = await getClientRow(ctx, id)
  checkRank(ctx, row)
  const event = record(ctx, { type, data: { client_id: id, slug: row.slug, reason } })
  await replace(ctx, { ...row, disabled_at: disabledAt }, [event])
  forget(row.slug)
  return getClient(ctx, { id })
}

async function replace(ctx: Context, row: ClientRow, events: readonly Write[]): Promise<void> {
  const committed = await commit(ctx, [replaceClient(row), ...events])
  if (!committed.done) throw new Fault('version_conflict')
}
