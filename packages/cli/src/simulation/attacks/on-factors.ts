import type { Challenge } from '@gatehouse/contract/resources'
import { isRefusal, refusalOf } from '@gatehouse/testing/try-password'
import { type VirtualPushDevice, virtualPushDevice } from '@gatehouse/testing/virtual-push-device'
import type { Stage } from '../stage.ts'
import type { Attack } from './attack.ts'
import { fromCountry, knock, newVictim, tracesOf, type Victim } from './victim.ts'

const minuteMs = 60_000

/** A code that is wrong unless somebody is very lucky. */
const guess = (stage: Stage, { id }: Challenge, factor_id: `fac_${string}`, code = '000000') =>
  stage.gatehouse.challenges.verify({ id, factor_id, code }).catch(refusalOf)

/** Another code, whatever this one begins with. */
const misread = (code: string) => (code.startsWith('7') ? '8' : '7') + code.slice(1)

const factorOf = ({ factors }: Challenge, type: string): `fac_${string}` => {
  const found = factors.find((factor) => factor.type === type)
  if (!found) throw new Error(`The challenge takes no ${type}.`)
  return found.id
}

const codeGuessing: Attack = {
  name: 'code-guessing',
  sentence: 'Somebody with the password guesses codes of the authenticator app.',
  foundBy: [{ alert: 'mfa_failures' }],
  async run(stage) {
    const victim = await newVictim(stage, 'totp')
    const from = fromCountry(stage, 'DE')
    const challenge = await knock(stage, victim, from)
    for (let tries = 0; tries < 3; tries++) await guess(stage, challenge, factorOf(challenge, 'totp'))
    return tracesOf(victim, from)
  },
}

const codeSwitching: Attack = {
  name: 'code-switching',
  sentence: 'Somebody with the password tries the app, then a code by mail, then a recovery code.',
  foundBy: [{ alert: 'method_switching' }, { alert: 'mfa_failures' }],
  async run(stage) {
    const { gatehouse } = stage
    const victim = await newVictim(stage, 'totp')
    const { factor } = await gatehouse.users.factors.enroll({ id: victim.id, type: 'email' })
    await stage.settle()
    await gatehouse.factors.activate({ id: factor.id, code: '424242' })
    // The next code by mail may be asked for a minute after this one.
    await stage.pass(minuteMs)
    const from = fromCountry(stage, 'DE')
    const challenge = await knock(stage, victim, from)
    await guess(stage, challenge, factorOf(challenge, 'totp'))
    await gatehouse.challenges.send({ id: challenge.id, factor_id: factor.id })
    await guess(stage, challenge, factor.id)
    await guess(stage, challenge, factorOf(challenge, 'recovery_codes'), misread(victim.recoveryCodes[0] ?? ''))
    return tracesOf(victim, from)
  },
}

const stolenRecoveryCode: Attack = {
  name: 'stolen-recovery-code',
  sentence: 'Somebody with the password has the sheet of recovery codes as well.',
  foundBy: [{ alert: 'recovery_code_used' }],
  async run(stage) {
    const victim = await newVictim(stage, 'totp')
    const from = fromCountry(stage, 'DE')
    const { id } = await knock(stage, victim, from)
    await stage.gatehouse.challenges.verify({ id, code: victim.recoveryCodes[0] ?? '', end_user: from })
    return tracesOf(victim, from)
  },
}

const falseLoss: Attack = {
  name: 'false-loss',
  sentence: 'Somebody with the password says that phone and codes are lost.',
  foundBy: [{ alert: 'recovery_requested' }],
  async run(stage) {
    const victim = await newVictim(stage, 'totp')
    const from = fromCountry(stage, 'DE')
    const { id } = await knock(stage, victim, from)
    await stage.gatehouse.recovery.request({ id })
    return tracesOf(victim, from)
  },
}

async function withDevice(stage: Stage): Promise<{ victim: Victim; device: VirtualPushDevice }> {
  const victim = await newVictim(stage)
  const device = virtualPushDevice({ url: stage.url, now: stage.now })
  const { factor, enrollment } = await stage.gatehouse.users.factors.enroll({ id: victim.id, type: 'push' })
  await stage.gatehouse.factors.activate({ id: factor.id, code: await device.pair(enrollment.pairing_code) })
  return { victim, device }
}

const mfaFatigue: Attack = {
  name: 'mfa-fatigue',
  sentence:
    'Somebody with the password sends request after request to the device, until one is approved to have peace.',
  foundBy: [{ alert: 'push_stopped' }],
  needs: 'hours',
  async run(stage) {
    const { victim } = await withDevice(stage)
    const from = fromCountry(stage, 'DE')
    for (let requests = 0; requests < 10; requests++) {
      await stage.pass(5 * minuteMs)
      const challenge = await knock(stage, victim, from)
      const factor_id = factorOf(challenge, 'push')
      const answer = await stage.gatehouse.challenges.send({ id: challenge.id, factor_id }).catch(refusalOf)
      if (isRefusal(answer) && answer.code === 'push_stopped') break
    }
    return tracesOf(victim, from)
  },
}

const deniedRequest: Attack = {
  name: 'denied-request',
  sentence: 'The owner says on the device that a sign-in is not theirs.',
  foundBy: [{ alert: 'push_denied' }],
  async run(stage) {
    const { victim, device } = await withDevice(stage)
    const from = fromCountry(stage, 'DE')
    const challenge = await knock(stage, victim, from)
    await stage.gatehouse.challenges.send({ id: challenge.id, factor_id: factorOf(challenge, 'push') })
    const [request] = await device.requests()
    await device.deny(request?.id ?? '')
    return tracesOf(victim, from)
  },
}

export const attacksOnFactors: readonly Attack[] = [
  codeGuessing,
  codeSwitching,
  mfaFatigue,
  deniedRequest,
  stolenRecoveryCode,
  falseLoss,
]
