import type { Authenticated, Challenge } from '@gatehouse/contract/resources'
import { signUp } from '@gatehouse/testing/sign-up'
import type { From } from '@gatehouse/testing/try-password'
import { virtualPasskey } from '@gatehouse/testing/virtual-passkey'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { type VirtualPushDevice, virtualPushDevice } from '@gatehouse/testing/virtual-push-device'
import type { Stage } from '../stage.ts'
import type { Person } from './person.ts'

type Id<Kind extends string> = `${Kind}_${string}`

/** What somebody has to sign in with. It changes: passwords are reset, phones replaced. */
export interface Account {
  readonly id: Id<'usr'>
  readonly email: string
  password: string
  /** Codes of the app that they have now. */
  appCode: (() => string) | undefined
  recoveryCodes: string[]
  readonly passkey: ReturnType<typeof virtualPasskey> | undefined
  readonly device: VirtualPushDevice | undefined
  /** What each of their devices was given by the application, by its user agent. */
  readonly deviceTokens: Map<string, string>
}

const passkeyOrigin = 'https://app.example.test'
/** The code that addresses of a test tenant are known to get. */
const knownCode = '424242'

export async function openAccount(stage: Stage, person: Person): Promise<Account> {
  const { gatehouse, now, url } = stage
  const email = `${person.name}-${now().getTime().toString(36)}+test@example.test`
  const factor = person.factor === 'totp' ? person.factor : undefined
  const { user, password, recoveryCodes, code } = await signUp(gatehouse, { email, factor, now })
  const { id } = user
  const account: Account = {
    id,
    email,
    password,
    appCode: factor ? code : undefined,
    recoveryCodes: [...recoveryCodes],
    passkey: person.factor === 'webauthn' ? virtualPasskey({ origin: passkeyOrigin }) : undefined,
    device: person.factor === 'push' ? virtualPushDevice({ url, now }) : undefined,
    deviceTokens: new Map(),
  }
  const activate = async (factorId: Id<'fac'>, proof: { code: string } | { response: Record<string, unknown> }) => {
    const { recovery_codes } = await gatehouse.factors.activate({ id: factorId, ...proof })
    if (recovery_codes) account.recoveryCodes = [...recovery_codes]
  }
  if (account.passkey) {
    const { factor: made, enrollment } = await gatehouse.users.factors.enroll({ id, type: 'webauthn' })
    await activate(made.id, { response: { ...account.passkey.create(enrollment.options) } })
  }
  if (account.device) {
    const { factor: made, enrollment } = await gatehouse.users.factors.enroll({ id, type: 'push' })
    await activate(made.id, { code: await account.device.pair(enrollment.pairing_code) })
  }
  if (person.factor === 'email' || (factor && person.hasBackup)) {
    const { factor: made } = await gatehouse.users.factors.enroll({ id, type: 'email' })
    await stage.settle()
    await activate(made.id, { code: knownCode })
  }
  return account
}

/** Proves the second factor with what they have. */
export async function prove(
  { gatehouse }: Stage,
  account: Account,
  {
    challenge,
    from,
    by,
    remember,
  }: {
    readonly challenge: Challenge
    readonly from: From
    readonly by: Challenge['factors'][number]
    readonly remember: boolean
  },
): Promise<Authenticated> {
  const { id } = challenge
  const asked = { id, factor_id: by.id }
  const answered = { ...asked, end_user: from, remember_device: remember }
  if (by.type === 'totp') return gatehouse.challenges.verify({ ...answered, code: account.appCode?.() ?? '' })
  if (by.type === 'recovery_codes') {
    return gatehouse.challenges.verify({ ...answered, code: account.recoveryCodes.shift() ?? '' })
  }
  const { options, number = '' } = await gatehouse.challenges.send(asked)
  if (by.type === 'webauthn' && options && account.passkey) {
    return gatehouse.challenges.verify({ ...answered, response: { ...account.passkey.get(options) } })
  }
  if (by.type === 'push' && account.device) {
    const request = (await account.device.requests()).at(-1)
    await account.device.approve(request?.id ?? '', number)
    return gatehouse.challenges.verify({ id, end_user: from, remember_device: remember })
  }
  return gatehouse.challenges.verify({ ...answered, code: knownCode })
}

/** Sets the app up on a new phone, with what a recovery code has opened. */
export async function replaceApp({ gatehouse, now }: Stage, account: Account, accessToken: string): Promise<void> {
  const me = gatehouse.me(accessToken)
  const { factor, enrollment } = await me.factors.enroll({ type: 'totp' })
  if (!('uri' in enrollment)) throw new Error('The enrolment has no link for an app.')
  const phone = virtualPhone()
  const app = phone.scan(enrollment.uri)
  const { recovery_codes, recovery_set } = await me.factors.activate({
    id: factor.id,
    code: phone.nextCode(app, now()),
  })
  account.appCode = () => phone.nextCode(app, now())
  if (!recovery_codes || !recovery_set) return
  account.recoveryCodes = recovery_codes.slice(1)
  await me.factors.activate({ id: recovery_set.id, code: recovery_codes[0] ?? '' })
}
