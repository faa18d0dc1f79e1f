import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { usualScopes } from '@gatehouse/contract/operation'
import { defaultPolicy, type Policy } from '@gatehouse/contract/policy'
import { signatureSchemes } from '@gatehouse/contract/signature-scheme'
import { createGatehouse } from '@gatehouse/sdk'
import { createApp, createJobs } from '@gatehouse/server/app'
import { createClient } from '@gatehouse/server/clients/create-client'
import { parseConfig } from '@gatehouse/server/config'
import { entranceOf } from '@gatehouse/server/open-entrance'
import { type OpenParts, openParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { movableClock } from '@gatehouse/testing/movable-clock'
import {
  makeAdministrator,
  outboxOf,
  type TestClientOptions,
  unlimited,
  webhooksOf,
} from '@gatehouse/testing/start-test-server'
import { type House, houseOf } from './support.ts'

/** A server whose parts can be reached, for what no request can do: an operator's deed, or an attacker's luck. */
export type OpenHouse = House & { readonly parts: OpenParts }

interface Opening {
  readonly host?: string
  readonly policy?: Partial<Policy>
  readonly settings?: Readonly<Record<string, string>>
  /** What the server takes for chance. */
  readonly random?: (bytes: number) => Uint8Array
}

/** Starts one on SQLite. On the host `::` it sees IPv4 mapped into IPv6. */
export async function openHouse(
  t: TestContext,
  { host = '127.0.0.1', policy = {}, settings = {}, random = randomBytes }: Opening = {},
): Promise<OpenHouse> {
  const clock = movableClock()
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-attack-'))
  const parsed = parseConfig({ GATEHOUSE_DATA_DIR: folder, ...settings })
  if (!parsed.ok) throw new Error(parsed.errors.join(' '))
  const failures: unknown[] = []
  const parts = await openParts(parsed.config, {
    policy: { ...defaultPolicy(), ...unlimited, ...policy },
    world: { now: clock.now, random },
    exclusive: true,
    keepsMessages: true,
    publicUrl: 'http://gatehouse.test',
    reportFailure: (error) => failures.push(error),
  })
  const jobs = await createJobs(parts, (error) => failures.push(error))
  const http = createApp(parts, entranceOf(parsed.config, 'development'))
  await http.listen({ host, port: 0 })
  const url = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`
  const stop = async () => {
    await Promise.all([http.close(), jobs.stop()])
    await parts.close()
    rmSync(folder, { recursive: true })
  }
  t.after(stop)
  const newClient = async (options: TestClientOptions = {}) => {
    const slug = options.slug ?? `test-${randomBytes(6).toString('hex')}`
    const { tenant = 'default-test', allow = ['127.0.0.1', '::1'], numericSub = false } = options
    const schemes = options.schemes ?? signatureSchemes
    const client = {
      slug,
      name: slug,
      tenant,
      allow,
      scopes: options.scopes ?? usualScopes,
      schemes,
      numericSub,
      localVerification: options.localVerification ?? false,
      limits: options.limits ?? {},
    }
    const made = await createClient(operatorContext(parts), parts.keys, client)
    if (typeof made === 'string') throw new Error(made)
    return { id: made.id, slug, secret: made.secret }
  }
  const house = await houseOf({
    url,
    clock,
    failures,
    runJobs: jobs.runDue,
    outbox: outboxOf(parts, jobs.runDue),
    webhooks: webhooksOf(parts, jobs.runDue),
    failNext: () => {
      throw new Error('nothing of this house can be made to fail')
    },
    stop,
    createClient: newClient,
    createAdministrator: (wanted) => makeAdministrator(parts, wanted),
    async client(options) {
      const { slug, secret } = await newClient(options)
      return createGatehouse({ url, clientId: slug, secret, now: clock.now, retries: { max: 0 } })
    },
  })
  return { ...house, parts }
}
