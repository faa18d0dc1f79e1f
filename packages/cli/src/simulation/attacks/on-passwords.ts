import { stuffCredentials } from '@gatehouse/testing/stuff-credentials'
import { tryPassword, tryPatiently } from '@gatehouse/testing/try-password'
import { agents } from '../networks.ts'
import type { Stage } from '../stage.ts'
import type { Attack } from './attack.ts'
import { enter, fromCountry, newAddress, newVictim, tracesOf } from './victim.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs

const attacker = (stage: Stage, ip: string | undefined) =>
  ip === undefined ? fromCountry(stage, 'BR') : { ip, user_agent: agents.attacker }

const stuffing: Attack = {
  name: 'stuffing',
  sentence: 'One address tries a list of leaked addresses and passwords, most of which nobody has.',
  foundBy: [{ alert: 'many_accounts' }],
  async run(stage, { ip, users = 50 }) {
    const from = attacker(stage, ip)
    const emails = Array.from({ length: users }, () => newAddress(stage, 'leaked'))
    await stuffCredentials(stage, {
      from,
      emails,
      onTried: (count) => stage.say(`${count} of ${users} accounts tried`),
    })
    return { users: [], sources: [from.ip] }
  },
}

const spraying: Attack = {
  name: 'spraying',
  sentence: 'One address tries one password at one account after another, one in 45 seconds, never twice.',
  foundBy: [{ alert: 'many_accounts' }],
  needs: 'hours',
  async run(stage, { ip, users = 12 }) {
    const from = attacker(stage, ip)
    for (let index = 0; index < users; index++) {
      const { email } = await newVictim(stage)
      await stage.pass(45 * secondMs)
      await tryPatiently(stage, { email, password: 'Winter 2026 is here', from })
    }
    return { users: [], sources: [from.ip] }
  },
}

const slowSpraying: Attack = {
  name: 'slow-spraying',
  sentence: 'The same, one account in five minutes, to stay below the count of ten minutes.',
  foundBy: [{ alert: 'many_accounts' }],
  needs: 'hours',
  async run(stage, { ip, users = 24 }) {
    const from = attacker(stage, ip)
    for (let index = 0; index < users; index++) {
      await stage.pass(5 * minuteMs)
      await tryPatiently(stage, { email: newAddress(stage, 'sprayed'), password: 'Winter 2026 is here', from })
    }
    return { users: [], sources: [from.ip] }
  },
}

const botnet: Attack = {
  name: 'botnet',
  sentence: 'Each try comes from another address, at another account, hundreds in a minute.',
  foundBy: [{ alert: 'failure_storm' }],
  async run(stage, { users = 220 }) {
    const attempts = Array.from({ length: users }, () => ({
      email: newAddress(stage, 'leaked'),
      password: 'leaked password',
      from: fromCountry(stage, stage.chance.pick(['BR', 'IN', 'US', 'PL'])),
    }))
    let tried = 0
    const work = async () => {
      for (let next = attempts.pop(); next; next = attempts.pop()) {
        await tryPassword(stage, next)
        stage.say(`${++tried} of ${users} accounts tried`)
      }
    }
    await Promise.all(Array.from({ length: 8 }, work))
    return { users: [], sources: [] }
  },
}

const hammering: Attack = {
  name: 'hammering',
  sentence: 'One address goes round five accounts, never so often that one of them is locked.',
  foundBy: [{ alert: 'failing_address' }],
  async run(stage, { ip }) {
    const from = attacker(stage, ip)
    const emails = Array.from({ length: 5 }, () => newAddress(stage, 'known'))
    for (let index = 0; index < 20; index++) {
      const email = emails[index % emails.length] ?? ''
      await tryPatiently(stage, { email, password: `guess ${index} at it`, from })
      stage.say(`${index + 1} of 20 passwords tried`)
    }
    return { users: [], sources: [from.ip] }
  },
}

const bruteForce: Attack = {
  name: 'brute-force',
  sentence: 'One account, one password after another.',
  foundBy: [{ alert: 'account_locked' }],
  async run(stage, { ip }) {
    const victim = await newVictim(stage)
    const from = attacker(stage, ip)
    for (let index = 0; index < 5; index++) {
      await tryPatiently(stage, { email: victim.email, password: `guess ${index} at it`, from })
    }
    return tracesOf(victim, from)
  },
}

const hitAfterMisses: Attack = {
  name: 'hit-after-misses',
  sentence: 'An address that fails at a dozen accounts has the right password of one.',
  foundBy: [{ reason: 'failing_address' }, { alert: 'many_accounts' }],
  async run(stage, { ip }) {
    const victim = await newVictim(stage)
    const from = attacker(stage, ip)
    for (let index = 0; index < 12; index++) {
      await tryPatiently(stage, { email: newAddress(stage, 'leaked'), password: 'leaked password', from })
    }
    await enter(stage, victim, from)
    return tracesOf(victim, from)
  },
}

export const attacksOnPasswords: readonly Attack[] = [
  stuffing,
  spraying,
  slowSpraying,
  botnet,
  hammering,
  bruteForce,
  hitAfterMisses,
]
