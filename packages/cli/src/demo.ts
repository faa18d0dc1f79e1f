import { createGatehouse, type Gatehouse, type GatehouseErrorCode, isGatehouseError } from '@gatehouse/sdk'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import { renderUnicodeCompact } from 'uqr'
import { type Credentials, findCredentials } from './find-credentials.ts'

const password = 'a few unrelated words'

let steps = 0
function say(step: string, outcome: string): void {
  steps++
  console.log(`${String(steps).padStart(2)}  ${step.padEnd(28)}${outcome}`)
}

/** Says that the server refused, which it must. */
async function sayRefusal(step: string, code: GatehouseErrorCode, call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error === undefined) throw new Error(`"${step}" was accepted and should have been refused with ${code}`)
  if (!isGatehouseError(error, code)) throw error
  say(step, `refused: ${error.status} ${code}`)
}

function expect(step: string, isRight: boolean, found: unknown): void {
  if (!isRight) throw new Error(`"${step}" was answered with ${JSON.stringify(found)}`)
}

/** Light blocks on dark, whatever the colours of the terminal: cameras want the code dark on light. */
function drawQr(text: string): string {
  const lines = renderUnicodeCompact(text, { border: 2 }).split('\n')
  const colour = (line: string) => (process.stdout.isTTY ? `\x1b[97;40m${line}\x1b[0m` : line)
  return lines.map((line) => `    ${colour(line)}`).join('\n')
}

/** The password is right; the answer asks for a second factor. */
async function passPassword(gatehouse: Gatehouse, email: string) {
  const answer = await gatehouse.auth.login({ email, password })
  if (answer.status !== 'mfa_required') throw new Error('the password alone was enough, with a second factor in place')
  return answer.challenge
}

/** The main job from end to end, a line for each step. */
async function demonstrate({ url, clientId, secret }: Credentials): Promise<void> {
  const gatehouse = createGatehouse({ url, clientId, secret, retries: { max: 0 } })
  const now = new Date()
  const phone = virtualPhone()
  const email = `ada-${now.getTime().toString(36)}@example.org`

  const user = await gatehouse.users.create({ email, password, name: 'Ada' })
  console.log(`Gatehouse demo: a person signs in at ${url}\n`)
  say('sign up', `${email} is user number ${user.number}`)
  const wrong = gatehouse.auth.login({ email, password: 'some other words' })
  await sayRefusal('sign in, wrong password', 'invalid_credentials', wrong)

  const { factor, enrollment } = await gatehouse.users.factors.enroll({ id: user.id, type: 'totp', label: 'Phone' })
  say('enrol an authenticator app', `your own phone can scan this, or take the key ${enrollment.secret_groups}`)
  console.log(`\n${drawQr(enrollment.uri)}\n`)
  const account = phone.scan(enrollment.uri)
  const first = phone.nextCode(account, now)
  const { recovery_codes = [] } = await gatehouse.factors.activate({ id: factor.id, code: first })
  say('activate it', `with the code ${first} of the demo's phone; ${recovery_codes.length} recovery codes came with it`)

  const challenge = await passPassword(gatehouse, email)
  say(
    'sign in',
    `the password is right; the second factor is asked (${challenge.factors.map(({ type }) => type).join(' or ')})`,
  )
  const code = phone.nextCode(account, now)
  const session = await gatehouse.challenges.verify({ id: challenge.id, code })
  say('second factor', `${code} is accepted: signed in`)
  console.log(`${' '.repeat(32)}(that is the code of the next 30 seconds, so that the demo need not wait:`)
  console.log(`${' '.repeat(32)}the server bears with a clock that is one step off)`)
  const again = await passPassword(gatehouse, email)
  const reused = gatehouse.challenges.verify({ id: again.id, code })
  await sayRefusal('the same code again', 'totp_code_reused', reused)

  const { active, claims } = await gatehouse.tokens.validate({ token: session.access_token })
  expect('validate the token', active && claims?.security['2fa_verified'] === true, { active, claims })
  say('validate the token', `active; amr ${claims?.amr.join(' ')}, 2fa_verified ${claims?.security['2fa_verified']}`)
  await gatehouse.auth.logout({ token: session.access_token })
  const after = await gatehouse.tokens.validate({ token: session.access_token })
  expect('sign out', !after.active, after)
  say('sign out', `the token is now ${after.reason}`)

  const [recoveryCode = ''] = recovery_codes
  const recovered = await gatehouse.challenges.verify({ id: again.id, code: recoveryCode })
  say('phone lost: recovery code', `${recoveryCode} is accepted; ${recovered.recovery?.codes_left} are left`)
  const last = await passPassword(gatehouse, email)
  const spent = gatehouse.challenges.verify({ id: last.id, code: recoveryCode })
  await sayRefusal('the same code again', 'recovery_code_used', spent)

  const { data: trail } = await gatehouse.auditEvents.listPage({ user_id: user.id })
  say('audit trail', `${trail.length} events of this user, the oldest first\n`)
  for (const { timestamp, action, outcome, ip_address } of trail.toReversed()) {
    console.log(`    ${timestamp}  ${outcome.padEnd(8)}  ${action.padEnd(24)}  ${ip_address ?? ''}`)
  }
}

function explain(error: unknown): string {
  if (isGatehouseError(error, 'connection_failed'))
    return `${error.message}. Start a server with npm start and try again.`
  if (isGatehouseError(error)) return `${error.message}. ${error.hint ?? ''}`
  return error instanceof Error ? error.message : String(error)
}

try {
  await demonstrate(findCredentials())
  console.log('\nAll of it did what it should.')
} catch (error) {
  console.error(`demo: ${explain(error)}`)
  process.exitCode = 1
}
