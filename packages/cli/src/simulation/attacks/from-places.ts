import { addressNowhere, agents } from '../networks.ts'
import type { Attack } from './attack.ts'
import { enter, fromCountry, newVictim, tracesOf } from './victim.ts'

const hourMs = 3_600_000

const foreignSignIn: Attack = {
  name: 'foreign-sign-in',
  sentence: 'The day after the owner, somebody else signs in from another country.',
  foundBy: [{ alert: 'different_country' }],
  needs: 'hours',
  async run(stage) {
    const victim = await newVictim(stage)
    await enter(stage, victim, victim.home)
    await stage.pass(24 * hourMs)
    const from = fromCountry(stage, 'BR')
    await enter(stage, victim, from)
    return tracesOf(victim, from)
  },
}

const impossibleTravel: Attack = {
  name: 'impossible-travel',
  sentence: 'Two hours after the owner, somebody else signs in from the other side of the world.',
  foundBy: [{ alert: 'impossible_travel' }, { alert: 'different_country' }],
  needs: 'hours',
  async run(stage) {
    const victim = await newVictim(stage)
    await enter(stage, victim, victim.home)
    await stage.pass(2 * hourMs)
    const from = fromCountry(stage, 'JP')
    await enter(stage, victim, from)
    return tracesOf(victim, from)
  },
}

const secondPlace: Attack = {
  name: 'second-place',
  sentence: 'While the owner works, somebody else signs in from another country.',
  foundBy: [{ alert: 'simultaneous_sessions' }, { alert: 'impossible_travel' }],
  async run(stage) {
    const victim = await newVictim(stage)
    await enter(stage, victim, victim.home)
    const from = fromCountry(stage, 'BR')
    await enter(stage, victim, from)
    return tracesOf(victim, from)
  },
}

const nightVisits: Attack = {
  name: 'night-visits',
  sentence: 'Somebody signs in three times in the dead of night, of a user who comes by day.',
  foundBy: [{ alert: 'odd_hour' }],
  needs: 'hours',
  async run(stage) {
    const victim = await newVictim(stage)
    const untilHour = (hour: number) => {
      const [now, next] = [stage.now(), stage.now()]
      next.setUTCHours(hour, stage.chance.between(0, 30), 0, 0)
      if (next.getTime() <= now.getTime()) next.setUTCDate(next.getUTCDate() + 1)
      return next.getTime() - now.getTime()
    }
    for (let day = 0; day < 24; day++) {
      await stage.pass(untilHour(stage.chance.between(8, 16)))
      await enter(stage, victim, victim.home)
    }
    await stage.pass(untilHour(2))
    const from = fromCountry(stage, 'DE')
    for (let visit = 0; visit < 3; visit++) {
      await enter(stage, victim, from)
      await stage.pass(5 * 60_000 * (visit < 2 ? 1 : 0))
    }
    return tracesOf(victim, from)
  },
}

const newDevice: Attack = {
  name: 'new-device',
  sentence: 'Somebody in the same country has the password, and another device.',
  foundBy: [{ reason: 'new_device' }],
  async run(stage) {
    const victim = await newVictim(stage)
    await enter(stage, victim, victim.home)
    const from = fromCountry(stage, 'DE')
    await enter(stage, victim, from)
    return tracesOf(victim, from)
  },
}

const hiddenPlace: Attack = {
  name: 'hidden-place',
  sentence: 'Somebody has the password, and an address of which nobody knows where it is.',
  foundBy: [{ reason: 'unknown_place' }],
  async run(stage) {
    const victim = await newVictim(stage)
    await enter(stage, victim, victim.home)
    const from = { ip: addressNowhere(stage.chance), user_agent: agents.laptop }
    await enter(stage, victim, from)
    return tracesOf(victim, from)
  },
}

export const attacksFromPlaces: readonly Attack[] = [
  foreignSignIn,
  impossibleTravel,
  secondPlace,
  nightVisits,
  newDevice,
  hiddenPlace,
]
