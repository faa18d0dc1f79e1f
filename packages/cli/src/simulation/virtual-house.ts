import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { usualScopes } from '@gatehouse/contract/operation'
import { defaultPolicy } from '@gatehouse/contract/policy'
import { signatureSchemes } from '@gatehouse/contract/signature-scheme'
import { createGatehouse, type Gatehouse } from '@gatehouse/sdk'
import { createApp, createJobs } from '@gatehouse/server/app'
import { createClient } from '@gatehouse/server/clients/create-client'
import { type Config, parseConfig } from '@gatehouse/server/config'
import { publicUrlOf } from '@gatehouse/server/main'
import { entranceOf } from '@gatehouse/server/open-entrance'
import { openParts } from '@gatehouse/server/open-parts'
import { operatorContext } from '@gatehouse/server/operator-context'
import { type VirtualClock, virtualClock } from './virtual-clock.ts'

/** The real server in this process, by a clock of its own, with two clients of its test tenant. */
export interface VirtualHouse {
  readonly url: string
  readonly clock: VirtualClock
  readonly application: Gatehouse
  /** May change rules and close alerts. */
  readonly keeper: Gatehouse
  /** Errors of the server itself. */
  readonly failures: readonly unknown[]
  /** Does what is due in the background, until nothing is. */
  runJobs(): Promise<void>
  /** From now on the clock goes by itself, and jobs run by timers, as in life. */
  flow(): void
  close(): Promise<void>
}

export interface VirtualHouseOptions {
  readonly startAt: Date
  /** Settings of a data folder that stays; without them there is one that goes with the house. */
  readonly config?: Config | undefined
}

/** All limits are the usual ones; only the work of a captcha is easy, so that people and attackers who solve one are not what takes long. */
const policy = { ...defaultPolicy(), captchaWorkBits: 4 }

export async function openVirtualHouse({ startAt, config: given }: VirtualHouseOptions): Promise<VirtualHouse> {
  const clock = virtualClock(startAt)
  const failures: unknown[] = []
  const folder = given ? undefined : mkdtempSync(join(tmpdir(), 'gatehouse-simulation-'))
  const config = given ? withPasskeysOfPeople(given) : configOf(folder ?? '')
  const parts = await openParts(config, {
    world: { now: clock.now, elapsedMs: clock.elapsedMs, random: randomBytes },
    policy,
    exclusive: true,
    keepsMessages: true,
    publicUrl: given ? publicUrlOf(given) : 'http://gatehouse.test',
    reportFailure: (error) => failures.push(error),
  })
  const jobs = await createJobs(parts, (error) => failures.push(error))
  const http = createApp(parts, entranceOf(config, 'development'))
  await http.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`

  const newClient = async (name: string, wanted: Pick<Parameters<typeof createClient>[2], 'scopes' | 'limits'>) => {
    const slug = `${name}-${randomBytes(4).toString('hex')}`
    const made = await createClient(operatorContext(parts), parts.keys, {
      slug,
      name,
      tenant: 'default-test',
      allow: ['127.0.0.1', '::1'],
      schemes: signatureSchemes,
      publicKeys: [],
      numericSub: false,
      localVerification: false,
      ...wanted,
    })
    if (typeof made === 'string') throw new Error(`the client of the simulation cannot be made: ${made}`)
    return createGatehouse({ url, clientId: slug, secret: made.secret, now: clock.now, retries: { max: 0 } })
  }
  // To make accounts and to look after alerts is no part of what is simulated.
  const roomy = { users: 1_000_000, other: 1_000_000 }

  return {
    url,
    clock,
    application: await newClient('simulation', { scopes: usualScopes, limits: roomy }),
    keeper: await newClient('simulation-keeper', {
      scopes: [...usualScopes, 'policy:write', 'alerts:write'],
      limits: roomy,
    }),
    failures,
    async runJobs() {
      await jobs.runDue()
      await parts.sender.flush()
    },
    flow() {
      clock.flow()
      jobs.start({
        after(ms, run) {
          const timer = setTimeout(run, ms)
          return () => clearTimeout(timer)
        },
      })
    },
    async close() {
      await Promise.all([http.close(), jobs.stop()])
      await parts.close()
      if (folder) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The pages on which people of the simulation use their passkeys, whatever pages the server is for. */
const passkeySite = { rpId: 'example.test', origin: 'https://app.example.test' }

function withPasskeysOfPeople(config: Config): Config {
  const { rpId, origin } = passkeySite
  return { ...config, passkeys: { ...config.passkeys, rpId, origins: [origin], attestation: 'none' } }
}

function configOf(folder: string): Config {
  const result = parseConfig({
    GATEHOUSE_DATA_DIR: folder,
    GATEHOUSE_WEBAUTHN_RP_ID: passkeySite.rpId,
    GATEHOUSE_WEBAUTHN_ORIGINS: passkeySite.origin,
    GATEHOUSE_WEBHOOK_DNS: '127.0.0.1:9',
  })
  if (!result.ok) throw new Error(result.errors.join(' '))
  return result.config
}
