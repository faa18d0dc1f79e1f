import { createGatehouse } from '@gatehouse/sdk'
import { type Context, commit } from '@gatehouse/server/context'
import { insertFactor } from '@gatehouse/server/factors/factor.store'
import { newFactor } from '@gatehouse/server/factors/new-factor'
import { recoveryCodes } from '@gatehouse/server/factors/recovery-codes/recovery-codes'
import { totp } from '@gatehouse/server/factors/totp/totp'
import { type ClientId, newId, type UserId } from '@gatehouse/server/kernel/ids'
import type { Keyring } from '@gatehouse/server/keys/keyring'
import { machineWorld } from '@gatehouse/server/main'
import { type OpenParts, openParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { setPassword } from '@gatehouse/server/passwords/password.store'
import { insertChallenge } from '@gatehouse/server/sign-in/challenge.store'
import type { Write } from '@gatehouse/server/storage/write'
import { newUser } from '@gatehouse/server/users/new-user'
import { type PhoneAccount, virtualPhone } from '@gatehouse/testing/virtual-phone'
import { anyAddress } from './any-address.ts'
import { asProxy } from './signed-request.ts'
import type { Site } from './site.ts'

/** Somebody with a password and no second factor. */
export interface Person {
  readonly email: string
  readonly password: string
}

/**
 * Makes people who all have the same password, each on an account of their own: no limit of the server is in the way of
 * many who sign in once. They are written as the operations would leave them, because hashing for each takes too long.
 */
export function makePeople(site: Site, count: number): Promise<Person[]> {
  const password = 'seven green horses run at noon'
  return besideServer(site, async (ctx, { hasher }) => {
    const { hash, pepperId } = await hasher.hash(password)
    return fill(ctx, count, () => {
      const { id, email, write } = newPerson(ctx)
      const place = { user_id: id, tenant_id: ctx.tenantId }
      const secret = setPassword({ ...place, hash, pepper_id: pepperId, changed_at: ctx.now.getTime(), by_mail: 0 })
      return { made: { email, password }, writes: [write, secret] }
    })
  })
}

/** Signs each of them in, over the API; their access tokens. */
export async function signIn(site: Site, people: readonly Person[]): Promise<string[]> {
  const send: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    for (const [name, value] of Object.entries(asProxy)) headers.set(name, value)
    return fetch(input, { ...init, headers })
  }
  const { port, slug, secret } = site
  const gatehouse = createGatehouse({
    url: `http://127.0.0.1:${port}`,
    clientId: slug,
    secret,
    fetch: send,
    retries: { max: 0 },
  })
  const tokens: string[] = []
  // One after the other: on a busy machine a few at once are too much to do.
  for (const person of people) {
    const answer = await gatehouse.auth.login({ ...person, end_user: { ip: anyAddress() } })
    if (answer.status !== 'authenticated') throw new Error('somebody without a factor was asked for one')
    tokens.push(answer.access_token)
  }
  return tokens
}

/** People who have given their password and are asked for the code of their phone. */
export interface Queue {
  /** The challenges of the next ones. @throws Error when there are not so many left */
  take(count: number): readonly string[]
  /** What the phone of every one of them shows now. */
  readCode(): string
}

/** Puts people with a TOTP factor and a set of recovery codes before open challenges. */
export function queueForTotp(site: Site, count: number): Promise<Queue> {
  return besideServer(site, async (ctx, { keys }) => {
    const account = { userId: 'usr_', label: 'everybody', issuer: 'bench' } as const
    const { data, shown } = totp.enroll(ctx, account, { algorithm: 'sha1', digits: 6 })
    const kinds = { totp: data, recovery_codes: (await recoveryCodes.enroll(ctx)).data }
    const challenges = await fill(ctx, count, () => {
      const { id, write } = newPerson(ctx)
      const factors = Object.entries(kinds).map(([type, each]) => newProven(ctx, keys, id, type, each))
      const challenge = newChallenge(ctx, site.clientId as ClientId, id)
      return { made: challenge.id, writes: [write, ...factors, challenge.write] }
    })
    const phone = virtualPhone()
    return queueOf(challenges, phone.scan(shown.uri))
  })
}

/** Opens the data of a site whether its server runs or not, as the command line does. */
async function besideServer<Result>(
  site: Site,
  act: (ctx: Context, parts: OpenParts) => Promise<Result>,
): Promise<Result> {
  const parts = await openParts(site.config, {
    world: machineWorld(),
    exclusive: false,
    publicUrl: '',
    reportFailure: console.error,
  })
  try {
    return await act(operatorContext(parts), parts)
  } finally {
    await parts.close()
  }
}

/** So many of what `make` makes, a hundred in a commit. */
async function fill<Made>(
  ctx: Context,
  count: number,
  make: () => { readonly made: Made; readonly writes: readonly Write[] },
): Promise<Made[]> {
  const all: Made[] = []
  while (all.length < count) {
    const some = Array.from({ length: Math.min(100, count - all.length) }, make)
    const writes = some.flatMap((each) => each.writes)
    const committed = await commit(ctx, writes)
    if (!committed.done) throw new Error(`The data of the bench could not be written: ${committed.failed}.`)
    all.push(...some.map(({ made }) => made))
  }
  return all
}

function newPerson(ctx: Context) {
  const id = newId('usr', ctx)
  const email = `${id}@example.org`
  return { id, email, write: newUser(ctx, { id, email, name: 'Ada Lovelace' }) }
}

function newProven(ctx: Context, keys: Keyring, userId: UserId, type: string, data: unknown): Write {
  return insertFactor(newFactor(ctx, keys, { type, user_id: userId, data, confirmed_at: ctx.now.getTime() }))
}

function newChallenge(ctx: Context, clientId: ClientId, userId: UserId) {
  const id = newId('chl', ctx)
  const now = ctx.now.getTime()
  const write = insertChallenge({
    id,
    tenant_id: ctx.tenantId,
    client_id: clientId,
    user_id: userId,
    user_version: 1,
    purpose: 'sign_in',
    amr: '["pwd"]',
    created_at: now,
    expires_at: now + 600_000,
    spent_at: null,
    approved_by: null,
    answered_by: null,
    action: null,
    session_id: null,
    factors_version: 0,
    grant_hash: null,
    grant_steady_at: null,
    grant_spent_at: null,
    factor_types: null,
  })
  return { id, write }
}

function queueOf(challenges: readonly string[], account: PhoneAccount): Queue {
  const phone = virtualPhone()
  let taken = 0
  return {
    take(count) {
      const next = challenges.slice(taken, taken + count)
      if (next.length < count) throw new Error(`There are ${next.length} people left in the queue, not ${count}.`)
      taken += count
      return next
    },
    readCode: () => phone.code(account, new Date()),
  }
}
