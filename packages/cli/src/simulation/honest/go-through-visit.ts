import type { Authenticated, Challenge } from '@gatehouse/contract/resources'
import { type From, isRefusal, refusalOf, type Tried, tryPassword } from '@gatehouse/testing/try-password'
import type { Stage } from '../stage.ts'
import { type Account, prove, replaceApp } from './account.ts'
import type { Visit } from './visit.ts'

const secondMs = 1000
const minuteMs = 60 * secondMs

/** A visit, step by step; between two of them somebody thinks, types or works for so many milliseconds. */
export type Steps = AsyncGenerator<number, void>

/** What honest people do, the things that go wrong included. */
export async function* goThrough(stage: Stage, account: Account, visit: Visit): Steps {
  const deviceToken = account.deviceTokens.get(visit.userAgent)
  const from: From = {
    ip: visit.ip,
    user_agent: visit.userAgent,
    ...(deviceToken !== undefined && { device_token: deviceToken }),
  }
  for (let index = 0; index < visit.wrongPasswords; index++) {
    await tryPassword(stage, { email: account.email, password: `${account.password} ${index}`, from })
    yield 8 * secondMs
  }
  if (visit.forgot) yield* resetPassword(stage, account, from)

  let session: Authenticated | undefined
  for (const attempt of [visit, { ...visit, wrongCodes: 0 }]) {
    const answer = yield* signIn(stage, account, from)
    if (isRefusal(answer)) return
    if (answer.status !== 'mfa_required') return void (yield* work(stage, visit, answer as Authenticated, from))
    session = yield* showFactor(stage, account, { visit: attempt, challenge: answer.challenge, from })
    if (session) break
    // Whoever has mistyped too often begins anew, with a cup of coffee.
    yield 6 * minuteMs
  }
  if (!session) return
  if (session.device_token !== undefined) account.deviceTokens.set(visit.userAgent, session.device_token)
  if (!session.recovery) return void (yield* work(stage, visit, session, from))
  yield minuteMs
  // Whoever is told to wait does it another day.
  await replaceApp(stage, account, session.access_token).catch(refusalOf)
}

/** Waits when told to; gives up after the third time. */
async function* signIn(stage: Stage, account: Account, from: From): AsyncGenerator<number, Tried> {
  for (let tries = 1; ; tries++) {
    const tried = await tryPassword(stage, { email: account.email, password: account.password, from })
    if (!isRefusal(tried) || tried.retryAfterSeconds === undefined || tries === 3) return tried
    yield tried.retryAfterSeconds * secondMs
  }
}

async function* resetPassword(stage: Stage, account: Account, from: From): AsyncGenerator<number, void> {
  const { gatehouse } = stage
  const asked = await gatehouse.auth.password.forgot({ email: account.email, end_user: from }).catch(refusalOf)
  if (isRefusal(asked)) return
  yield 2 * minuteMs
  await stage.settle()
  const { data } = await gatehouse.test.outbox({ to: account.email })
  const token = data.flatMap(({ text }) => /password\/reset#(\w+)/.exec(text)?.[1] ?? [])[0]
  if (!token) throw new Error('No mail came with a link to a new password.')
  const password = `${account.password} again`
  // Colleagues of one address may have used up what it may try: the old one stays.
  const set = await gatehouse.auth.password.reset({ token, new_password: password, end_user: from }).catch(refusalOf)
  if (!isRefusal(set)) account.password = password
  yield 10 * secondMs
}

async function* showFactor(
  stage: Stage,
  account: Account,
  { visit, challenge, from }: { readonly visit: Visit; readonly challenge: Challenge; readonly from: From },
): AsyncGenerator<number, Authenticated | undefined> {
  yield 12 * secondMs
  const find = (type: string) => challenge.factors.find((factor) => factor.type === type)
  const usual = find('webauthn') ?? find('push') ?? find('totp') ?? find('email')
  const other = find('email') ?? find('recovery_codes')
  const by = visit.appIsGone ? find('recovery_codes') : visit.appIsNotAtHand ? other : usual
  if (!by) return undefined
  const mistypes = by.type === 'totp' || by.type === 'email' ? visit.wrongCodes : 0
  for (let index = 0; index < mistypes; index++) {
    if (by.type === 'email' && index === 0) {
      await stage.gatehouse.challenges.send({ id: challenge.id, factor_id: by.id }).catch(refusalOf)
    }
    await stage.gatehouse.challenges
      .verify({ id: challenge.id, factor_id: by.id, code: '135790', end_user: from })
      .catch(refusalOf)
    yield index === 0 ? 15 * secondMs : 65 * secondMs
  }
  if (by.type === 'email' && mistypes > 0) yield minuteMs
  for (let tries = 1; ; tries++) {
    const remember = visit.person.remembersDevices
    const session = await prove(stage, account, { challenge, from, by, remember }).catch(refusalOf)
    if (!isRefusal(session)) return session
    if (session.retryAfterSeconds === undefined || tries === 3) return undefined
    yield session.retryAfterSeconds * secondMs
  }
}

/** The application renews the session once an hour; what it does with a token is not simulated. */
async function* work(stage: Stage, visit: Visit, { refresh_token }: Authenticated, from: From): Steps {
  let token = refresh_token
  for (let hour = 0; hour < visit.refreshes && token !== undefined; hour++) {
    yield 55 * minuteMs
    const given = { refresh_token: token, end_user: from }
    const session = await stage.gatehouse.auth.refresh(given).catch(refusalOf)
    if (isRefusal(session)) return
    token = session.refresh_token
    if (hour > 0 || visit.answerLostMs === undefined) continue
    yield visit.answerLostMs
    const again = await stage.gatehouse.auth.refresh(given).catch(refusalOf)
    if (isRefusal(again)) return
    token = again.refresh_token
  }
}
