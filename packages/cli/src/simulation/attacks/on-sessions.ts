import { refusalOf, tryPatiently } from '@gatehouse/testing/try-password'
import type { Attack } from './attack.ts'
import { enter, fromCountry, newVictim, tracesOf } from './victim.ts'

const refusedByRisk: Attack = {
  name: 'refused-by-risk',
  sentence: 'Where the rules refuse impossible travel, somebody has the right password on another continent.',
  foundBy: [{ alert: 'sign_in_refused' }],
  needs: 'other rules',
  async run(stage) {
    const change = (impossible_travel: 'refuse' | 'require_mfa') =>
      stage.keeper?.policy.update({ risk: { reasons: { impossible_travel } }, reason: 'simulation' })
    const victim = await newVictim(stage)
    await enter(stage, victim, victim.home)
    await change('refuse')
    const from = fromCountry(stage, 'JP')
    await tryPatiently(stage, { email: victim.email, password: victim.password, from })
    await change('require_mfa')
    return tracesOf(victim, from)
  },
}

const stolenRefreshToken: Attack = {
  name: 'stolen-refresh-token',
  sentence: 'Somebody has a copy of a refresh token, and uses it after its owner.',
  foundBy: [{ alert: 'refresh_reuse' }],
  async run(stage) {
    const victim = await newVictim(stage)
    const { refresh_token = '' } = await enter(stage, victim, victim.home)
    await stage.gatehouse.auth.refresh({ refresh_token, end_user: victim.home })
    await stage.pass(15_000)
    const from = fromCountry(stage, 'DE')
    await stage.gatehouse.auth.refresh({ refresh_token, end_user: from }).catch(refusalOf)
    return tracesOf(victim, from)
  },
}

const disowned: Attack = {
  name: 'disowned',
  sentence: 'The owner gets the mail about a sign-in from elsewhere, and says that it was not them.',
  foundBy: [{ alert: 'sign_in_disowned' }],
  async run(stage) {
    const victim = await newVictim(stage)
    await enter(stage, victim, victim.home)
    const from = fromCountry(stage, 'BR')
    await enter(stage, victim, from)
    await stage.settle()
    const { data } = await stage.gatehouse.test.outbox({ to: victim.email })
    const tokens = data.flatMap(({ text }) => /not-me\?token=([\w-]+)/.exec(text)?.[1] ?? [])
    if (!tokens[0]) throw new Error('The owner got no mail with a link.')
    await stage.gatehouse.auth.disown({ token: tokens[0] })
    return tracesOf(victim, from)
  },
}

export const attacksOnSessions: readonly Attack[] = [refusedByRisk, stolenRefreshToken, disowned]
