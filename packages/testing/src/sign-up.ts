import { randomBytes } from 'node:crypto'
import type { Authenticated, User } from '@gatehouse/contract/resources'
import type { Gatehouse } from '@gatehouse/sdk'
import { passkeyOrigin } from './start-test-server.ts'
import { virtualPasskey } from './virtual-passkey.ts'
import { virtualPhone } from './virtual-phone.ts'
import { virtualToken } from './virtual-token.ts'

export interface SignUpOptions {
  /** What they prove a sign-in with besides the password: nothing unless given. */
  readonly factor?: 'totp' | 'hotp' | 'webauthn' | undefined
  /** The clock that their authenticator app goes by: `server.clock.now`, or the machine's unless given. */
  readonly now?: (() => Date) | undefined
  /** An address that nobody has unless given. */
  readonly email?: string | undefined
  readonly password?: string | undefined
  readonly name?: string | undefined
  /** The page on which they use a passkey: that of the test server unless given. */
  readonly origin?: string | undefined
}

/** Somebody with an account, and with what they have in their pockets. */
export interface TestPerson {
  readonly user: User & { readonly email: string }
  readonly password: string
  /** Those that came with the factor. */
  readonly recoveryCodes: readonly string[]
  /**
   * A code that was not used yet, of their app or token. The app has two in 30 seconds; then the clock must move.
   * @throws Error when they have neither
   */
  code(): string
  /** Signs in with all that they have, by this application. */
  signIn(gatehouse: Gatehouse): Promise<Authenticated>
}

/**
 * Makes a user who is ready to sign in: password, factor and recovery codes.
 *
 * ```ts
 * const ada = await signUp(gatehouse, { factor: 'totp', now: server.clock.now })
 * const { access_token } = await ada.signIn(gatehouse)
 * ```
 */
export async function signUp(gatehouse: Gatehouse, options: SignUpOptions = {}): Promise<TestPerson> {
  const { email = `${randomBytes(6).toString('hex')}@example.test`, password = 'a few unrelated words', name } = options
  const user = await gatehouse.users.create({ email, password, ...(name !== undefined && { name }) })
  const held = await give(gatehouse, user, options)
  return {
    user,
    password,
    recoveryCodes: held.recoveryCodes,
    code: held.code,
    async signIn(by) {
      const answer = await by.auth.login({ email, password })
      if (answer.status === 'authenticated') return answer
      if (answer.status !== 'mfa_required') throw new Error(`The answer to the password is ${answer.status}.`)
      return held.prove(by, answer.challenge.id)
    },
  }
}

/** What a person proves themselves with. */
interface Held {
  readonly recoveryCodes: readonly string[]
  code(): string
  prove(by: Gatehouse, challenge: `chl_${string}`): Promise<Authenticated>
}

async function give(gatehouse: Gatehouse, { id }: User, options: SignUpOptions): Promise<Held> {
  const { factor: type, now = () => new Date(), origin = passkeyOrigin } = options
  const noCode = () => {
    throw new Error('This person has no app and no token. Give them one: factor: "totp".')
  }
  const withCodes = async (factorId: `fac_${string}`, code: () => string): Promise<Held> => {
    const { recovery_codes = [] } = await gatehouse.factors.activate({ id: factorId, code: code() })
    return {
      recoveryCodes: recovery_codes,
      code,
      prove: (by, challenge) => by.challenges.verify({ id: challenge, factor_id: factorId, code: code() }),
    }
  }

  if (type === 'totp') {
    const { factor, enrollment } = await gatehouse.users.factors.enroll({ id, type })
    const phone = virtualPhone()
    const account = phone.scan(enrollment.uri)
    return withCodes(factor.id, () => phone.nextCode(account, now()))
  }
  if (type === 'hotp') {
    const token = virtualToken()
    const { factor } = await gatehouse.users.factors.enroll({ id, type, secret: token.secret })
    return withCodes(factor.id, () => token.press())
  }
  if (type === 'webauthn') {
    const passkey = virtualPasskey({ origin })
    const { factor, enrollment } = await gatehouse.users.factors.enroll({ id, type })
    const response = { ...passkey.create(enrollment.options) }
    const { recovery_codes = [] } = await gatehouse.factors.activate({ id: factor.id, response })
    return {
      recoveryCodes: recovery_codes,
      code: noCode,
      async prove(by, challenge) {
        const { options: asked } = await by.challenges.send({ id: challenge, factor_id: factor.id })
        if (!asked) throw new Error('The server asks nothing of the passkey.')
        return by.challenges.verify({ id: challenge, response: { ...passkey.get(asked) } })
      },
    }
  }
  const prove = () => Promise.reject(new Error('This person has nothing but a password.'))
  return { recoveryCodes: [], code: noCode, prove }
}
