import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AdministratorRole } from '@gatehouse/contract/administration'
import { type Scope, usualScopes } from '@gatehouse/contract/operation'
import { defaultPolicy, type Policy } from '@gatehouse/contract/policy'
import type { PublicKey } from '@gatehouse/contract/public-key'
import { type ClientScheme, signatureSchemes } from '@gatehouse/contract/signature-scheme'
import type { WebhookEvent } from '@gatehouse/contract/webhook-events'
import { createGatehouse, type Gatehouse } from '@gatehouse/sdk'
import { createAdministrator } from '@gatehouse/server/administrators/create-administrator'
import { createApp, createJobs } from '@gatehouse/server/app'
import type { RateLimits } from '@gatehouse/server/clients/client'
import { createClient } from '@gatehouse/server/clients/create-client'
import { findTenantId } from '@gatehouse/server/clients/find-tenant-id'
import { type Config, parseConfig } from '@gatehouse/server/config'
import { Fault } from '@gatehouse/server/kernel/fault'
import { systemTenantId } from '@gatehouse/server/kernel/tenants'
import type { CapturedMessage } from '@gatehouse/server/messages/captured-messages'
import { entranceOf } from '@gatehouse/server/open-entrance'
import { type OpenParts, openParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { listenFrom } from '@gatehouse/server/webhooks/listen'
import { type MovableClock, movableClock } from './movable-clock.ts'
import { stuffCredentials } from './stuff-credentials.ts'

export interface TestServerOptions {
  /** An empty PostgreSQL database. Without it: an encrypted file in a folder of its own, which goes with the server. */
  readonly databaseUrl?: string | undefined
  /** What the clock shows at the start: the machine's time unless it is given. */
  readonly startAt?: Date | undefined
  /** Limits other than the usual ones. Rates are roomy unless they are given: the clock stands still, so a minute would never end. */
  readonly policy?: Partial<Policy> | undefined
  /** Settings by the names that the environment knows, like GATEHOUSE_CAPTCHA. */
  readonly settings?: Readonly<Record<string, string>> | undefined
  /** Any that is free unless it is given: passkeys on the hosted pages have to know it before the start. */
  readonly port?: number | undefined
}

/** Where passkeys are used, unless settings say something else. */
export const passkeyOrigin = 'https://app.example.test'

/** What a client application of the test server is to be; all of it has a default. */
export interface TestClientOptions {
  readonly slug?: string | undefined
  /** `default-test` unless given; users belong to a tenant and are seen by its clients only. */
  readonly tenant?: 'default' | 'default-test' | undefined
  /** Addresses that may call: this machine unless given. */
  readonly allow?: readonly string[] | undefined
  /** All but clients:*, webhooks:*, policy:write and alerts:write unless given. */
  readonly scopes?: readonly Scope[] | undefined
  /** How it may prove itself: by every signature unless given, and not by tokens (`oauth`). */
  readonly schemes?: readonly ClientScheme[] | undefined
  /** The keys of its client assertions: none unless given. */
  readonly publicKeys?: readonly PublicKey[] | undefined
  /** Where browsers come back to from the hosted sign-in: nowhere unless given. */
  readonly redirectUris?: readonly string[] | undefined
  readonly numericSub?: boolean | undefined
  /** Whether it may verify tokens itself: no unless given. */
  readonly localVerification?: boolean | undefined
  /** Requests in a minute by rate class, other than the policy's. */
  readonly limits?: RateLimits | undefined
}

/** What an administrator of the test server is to be. */
export interface TestAdministratorOptions {
  readonly email?: string | undefined
  /** `owner` unless given. */
  readonly role?: AdministratorRole | undefined
  /** The tenants that they look after: all unless given. */
  readonly tenants?: readonly string[] | undefined
}

export interface TestAdministrator {
  readonly id: string
  readonly email: string
  readonly link: string
}

export interface TestClient {
  readonly id: string
  /** What X-Client-Id carries. */
  readonly slug: string
  readonly secret: string
}

/** The messages of a test server, which reach nobody. Asking waits until everything that is due has been sent. */
export interface TestOutbox {
  /** The oldest first. */
  all(): Promise<readonly CapturedMessage[]>
  /** The newest to this address or number. */
  last(to: string): Promise<CapturedMessage | undefined>
  /**
   * The newest code that went to this address or number.
   * @throws Error when none did
   */
  code(to: string): Promise<string>
  clear(): Promise<void>
}

/** The events of a test server as an endpoint is told of them, without an endpoint. Asking waits until all are sealed. */
export interface TestWebhooks {
  /** Of this type, or of all; the oldest first. Of the test tenant unless another is named. */
  received(type?: string, options?: { readonly tenant?: 'default' | 'default-test' }): Promise<readonly WebhookEvent[]>
}

export interface StuffingOptions {
  /** Where the attacker comes from: 203.0.113.9 unless given. */
  readonly ip?: string | undefined
  /** How many accounts are tried: 50 unless given. */
  readonly users?: number | undefined
  /** The list that they have, in place of addresses that nobody has here. */
  readonly emails?: readonly string[] | undefined
}

/** What an attacker does to people of the test tenant. The record and all alerts know of it when it is over. */
export interface TestAttacks {
  /** One address tries a list of leaked addresses and passwords, all of them wrong here. */
  stuffing(options?: StuffingOptions): Promise<void>
}

/** A whole Gatehouse in this process, on a port of this machine. */
export interface TestServer {
  readonly url: string
  /** Where its figures are read, with the setting GATEHOUSE_METRICS_ADDRESS. */
  readonly metricsUrl?: string | undefined
  /** The server's own clock, and that of the clients made by `client`. */
  readonly clock: MovableClock
  /** Failures of the server itself, which an operator would find in the log. A test may say that there are none, and empty it. */
  readonly failures: unknown[]
  /** What the server has sent to people. */
  readonly outbox: TestOutbox
  /** A client application that was not there before. */
  createClient(options?: TestClientOptions): Promise<TestClient>
  /** An administrator who has chosen no password yet: the link leads to the page where they do. */
  createAdministrator(options?: TestAdministratorOptions): Promise<TestAdministrator>
  /** The SDK, signing as a new client application and going by the server's clock. A call that fails is not made again. */
  client(options?: TestClientOptions): Promise<Gatehouse>
  /** What webhooks would tell an endpoint. */
  readonly webhooks: TestWebhooks
  readonly attack: TestAttacks
  /** The next change fails as it does when the database takes no writes: `storage_unavailable`, and nothing has happened. */
  failNext(what: 'store'): void
  /** Runs what is due in the background by the server's clock, until nothing is: by itself nothing of it runs. */
  runJobs(): Promise<void>
  /** Ends the server and removes its folder. */
  stop(): Promise<void>
}

/**
 * Starts a Gatehouse for tests: the real one, over HTTP, with its database and its keys, in less than two seconds.
 * Its clock stands still until the test moves it.
 *
 * ```ts
 * const server = await startTestServer()
 * after(() => server.stop())
 * const gatehouse = await server.client()
 * server.clock.advance('30s')
 * ```
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  return openTestServer(options)
}

/** A server whose parts can be reached, for what no request can do: an operator's deed, or an attacker's luck. */
export type OpenTestServer = TestServer & { readonly parts: OpenParts }

export interface OpenTestServerOptions extends TestServerOptions {
  /** Where it listens. On `::` it sees IPv4 mapped into IPv6. */
  readonly host?: string | undefined
  /** What the server takes for chance. */
  readonly random?: ((bytes: number) => Uint8Array) | undefined
}

/** The same as `startTestServer`, for tests of Gatehouse itself. */
export async function openTestServer(options: OpenTestServerOptions): Promise<OpenTestServer> {
  const { host = '127.0.0.1', random = randomBytes } = options
  const clock = movableClock(options.startAt)
  const failures: unknown[] = []
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  try {
    const config = configOf(folder, options)
    const opened = await openParts(config, {
      world: { now: clock.now, elapsedMs: clock.elapsedMs, random },
      policy: { ...defaultPolicy(), ...roomyRates, ...options.policy },
      exclusive: true,
      keepsMessages: true,
      // Tokens and problems name the server by this, and the port is not known yet.
      publicUrl: 'http://gatehouse.test',
      reportFailure: (error) => failures.push(error),
    })
    let isBroken = false
    const commit: OpenParts['storage']['commit'] = (writes, owed) => {
      if (!isBroken) return opened.storage.commit(writes, owed)
      isBroken = false
      return Promise.reject(new Fault('storage_unavailable'))
    }
    const parts = { ...opened, storage: { ...opened.storage, commit } }
    const jobs = await createJobs(parts, (error) => failures.push(error))
    const http = createApp(parts, entranceOf(config, 'development'))
    await http.listen({ host, port: options.port ?? 0 })
    const url = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`

    const makeClient = async (wanted: TestClientOptions = {}): Promise<TestClient> => {
      const slug = wanted.slug ?? `test-${randomBytes(6).toString('hex')}`
      const made = await createClient(operatorContext(parts), parts.keys, {
        slug,
        name: slug,
        tenant: wanted.tenant ?? 'default-test',
        allow: wanted.allow ?? ['127.0.0.1', '::1'],
        scopes: wanted.scopes ?? usualScopes,
        schemes: wanted.schemes ?? signatureSchemes,
        publicKeys: wanted.publicKeys ?? [],
        redirectUris: wanted.redirectUris ?? [],
        numericSub: wanted.numericSub ?? false,
        localVerification: wanted.localVerification ?? false,
        limits: wanted.limits ?? {},
      })
      if (typeof made === 'string') throw new Error(`The client ${slug} cannot be made: ${made}.`)
      return { id: made.id, slug, secret: made.secret }
    }

    const newClient = async (wanted: TestClientOptions = {}): Promise<Gatehouse> => {
      const { slug, secret } = await makeClient(wanted)
      const scheme = wanted.schemes?.includes('v2') === false ? 'v1' : 'v2'
      return createGatehouse({ url, clientId: slug, secret, scheme, now: clock.now, retries: { max: 0 } })
    }

    return {
      parts,
      url,
      metricsUrl: parts.metricsUrl,
      clock,
      failures,
      outbox: outboxOf(parts, jobs.runDue),
      createClient: makeClient,
      createAdministrator: (wanted) => makeAdministrator(parts, wanted),
      client: newClient,
      webhooks: webhooksOf(parts, jobs.runDue),
      attack: attacksOf({ newClient, clock, runJobs: jobs.runDue }),
      failNext() {
        isBroken = true
      },
      runJobs: jobs.runDue,
      async stop() {
        await Promise.all([http.close(), jobs.stop()])
        await parts.close()
        removeFolder()
      },
    }
  } catch (error) {
    removeFolder()
    throw error
  }
}

/** Makes an administrator as the command line does. */
async function makeAdministrator(
  parts: OpenParts,
  { role = 'owner', tenants, email = `${randomBytes(6).toString('hex')}@admin.test` }: TestAdministratorOptions = {},
): Promise<TestAdministrator> {
  const ctx = { ...operatorContext(parts), tenantId: systemTenantId }
  const input = { email, role, tenants: tenants ? [...tenants] : null, reason: 'test' }
  const { administrator, set_up } = await createAdministrator(parts)(ctx, input)
  return { id: administrator.id, email, link: set_up.link }
}

/** Reads what a server has sent. */
function outboxOf({ sender, outbox }: Pick<OpenParts, 'sender' | 'outbox'>, runJobs: () => Promise<void>): TestOutbox {
  const all = async () => {
    // Notices are written by a reader of the record.
    await runJobs()
    await sender.flush()
    return outbox?.list() ?? []
  }
  return {
    all,
    last: async (to) => (await all()).findLast((message) => message.to === to),
    async code(to) {
      const sent = (await all()).findLast((message) => message.to === to && message.kind === 'code')
      const code = sent?.values['code']
      if (code === undefined) throw new Error(`No code was sent to ${to}.`)
      return code
    },
    async clear() {
      await all()
      outbox?.clear()
    },
  }
}

interface Attacked {
  readonly newClient: () => Promise<Gatehouse>
  readonly clock: MovableClock
  readonly runJobs: () => Promise<void>
}

function attacksOf({ newClient, clock, runJobs }: Attacked): TestAttacks {
  return {
    async stuffing({ ip = '203.0.113.9', users = 50, emails } = {}) {
      const door = { gatehouse: await newClient(), pass: async (ms: number) => clock.advance(ms) }
      const leaked = Array.from({ length: users }, (_, index) => `leaked-${index}+test@example.test`)
      await stuffCredentials(door, { from: { ip, user_agent: 'an attacker' }, emails: emails ?? leaked })
      await runJobs()
    },
  }
}

/** Reads what webhooks would tell. */
function webhooksOf({ storage }: Pick<OpenParts, 'storage'>, runJobs: () => Promise<void>): TestWebhooks {
  return {
    async received(type = '*', { tenant = 'default-test' } = {}) {
      await runJobs()
      const tenantId = await findTenantId(storage, tenant)
      if (!tenantId) throw new Error(`There is no tenant ${tenant}.`)
      const events: WebhookEvent[] = []
      for (let position = 0; ; ) {
        const found = await listenFrom({ db: storage, tenantId }, position, [type])
        events.push(...found.events)
        if (found.next === position) return events
        position = found.next
      }
    },
  }
}

const plenty = 1_000_000

/** Rates that no test reaches by chance, and no captcha where a test is about other things. */
const roomyRates = {
  loginCaptcha: 'never',
  rateAuthPerMinute: plenty,
  rateValidatePerMinute: plenty,
  rateUsersPerMinute: plenty,
  rateOtherPerMinute: plenty,
  rateDevicesPerMinute: plenty,
  strangerRefusalsPerMinute: plenty,
  allStrangerRefusalsPerMinute: plenty,
  callerRefusalsPerMinute: plenty,
} as const

/** A policy that never says "too often": for tests whose load is what the limits are there to stop. */
export const unlimited: Partial<Policy> = {
  ...roomyRates,
  loginLockFailures: plenty,
  loginHardFailures: plenty,
  mfaWindowFailures: plenty,
  mfaSuspendFailures: plenty,
  mfaMonthlyFailures: plenty,
  mfaLongestWaitSeconds: 0,
  registrationsPerHour: plenty,
  smsPerBlockPerHour: plenty,
  smsPerAccountPerDay: plenty,
  smsPerHour: plenty,
}

function configOf(folder: string, { databaseUrl, settings }: TestServerOptions): Config {
  const result = parseConfig({
    GATEHOUSE_DATA_DIR: folder,
    GATEHOUSE_DATABASE_URL: databaseUrl,
    GATEHOUSE_WEBAUTHN_RP_ID: 'example.test',
    GATEHOUSE_WEBAUTHN_ORIGINS: passkeyOrigin,
    // Nobody answers there: a webhook of a test looks for no name outside of this machine.
    GATEHOUSE_WEBHOOK_DNS: '127.0.0.1:9',
    ...settings,
  })
  if (!result.ok) throw new Error(result.errors.join(' '))
  return result.config
}
