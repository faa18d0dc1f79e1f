import { existsSync } from 'node:fs'
import type { Config } from '@gatehouse/server/config'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { attacks } from './attacks/attacks.ts'
import { liveHonestly } from './honest/live-honestly.ts'
import type { Stage } from './stage.ts'
import { openVirtualHouse } from './virtual-house.ts'
import { virtualStage } from './virtual-stage.ts'

/** Somebody whom a developer can sign in as. */
export interface SeededPerson {
  readonly email: string
  readonly password: string
  /** For `gatehouse totp`. */
  readonly totp_secret: string
}

interface Wanted {
  readonly users: number
  readonly days: number
  readonly say: Stage['say']
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const email = 'ada+test@example.test'
const password = 'a few unrelated words'

/**
 * Fills a data folder that is not there yet: people who have lived honestly in its test tenant until this day, somebody to sign in
 * as, and an attack of a moment ago, whose alert is open. All of it is done by the server, which takes it to be then.
 * @throws Error where there are data already
 */
export async function seedData(config: Config, { users, days, say }: Wanted): Promise<SeededPerson> {
  if (config.databaseUrl !== undefined || existsSync(config.databaseFile)) {
    throw new Error('there are data already; --seed fills a data folder that is new. Name one with --data-dir')
  }
  const now = Date.now()
  const today = now - (now % dayMs)
  const house = await openVirtualHouse({ startAt: new Date(today - (days + 1) * dayMs), config })
  try {
    const stage = virtualStage(house, { seed: 1, say })
    await liveHonestly(house, stage, { users, days, seed: 1 })
    const { gatehouse } = stage
    const { id } = await gatehouse.users.create({ email, password, name: 'Ada' })
    const { factor, enrollment } = await gatehouse.users.factors.enroll({ id, type: 'totp', label: 'Phone' })
    const phone = virtualPhone()
    await gatehouse.factors.activate({ id: factor.id, code: phone.code(phone.scan(enrollment.uri), stage.now()) })
    await stage.pass(now - stage.now().getTime() - minuteMs)
    const stuffing = attacks.find(({ name }) => name === 'stuffing')
    await stuffing?.run(stage, { ip: '203.0.113.9', users: 9 })
    await stage.settle()
    return { email, password, totp_secret: enrollment.secret }
  } finally {
    await house.close()
  }
}
