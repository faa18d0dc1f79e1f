import { setTimeout } from 'node:timers/promises'
import { createGatehouse } from '@gatehouse/sdk'
import { isRefusal, refusalOf } from '@gatehouse/testing/try-password'
import { chanceOf } from './chance.ts'
import type { Stage } from './stage.ts'

interface Server {
  readonly url: string
  readonly clientId: string
  readonly secret: string
}

/**
 * A server that runs: to let time pass is to wait.
 * @throws Error where the client is not one of a test tenant, or the server is not there for development
 */
export async function liveStage(server: Server, seed: number, say: Stage['say']): Promise<Stage> {
  // Before anything is asked: a live secret is not for this.
  if (!server.secret.startsWith('gh_test_')) {
    throw new Error('simulations are for test tenants: this client belongs to a live one, and nothing was done')
  }
  const { url } = server
  const gatehouse = createGatehouse({ ...server, retries: { max: 0 } })
  const tested = await gatehouse.test.outbox({}).catch(refusalOf)
  if (isRefusal(tested)) throw tested
  const page = await fetch(new URL('/dev/outbox', url), { redirect: 'manual' })
  if (page.status !== 200) {
    throw new Error('simulations are for servers of development (gatehouse dev): this one is not, and nothing was done')
  }
  return {
    url,
    gatehouse,
    keeper: undefined,
    chance: chanceOf(seed),
    now: () => new Date(),
    settle: () => setTimeout(settledMs),
    patienceMs: 15_000,
    say,
    async pass(ms) {
      say(`waiting for ${Math.ceil(ms / 1000)} seconds, as the attacker has to`)
      await setTimeout(ms)
    },
  }
}

/** A message is written by a reader of the record, within a second as a rule. */
const settledMs = 2000
