import type { Policy } from '@gatehouse/contract/policy'
import type { CaptchaTask } from '@gatehouse/contract/resources'
import type { PasskeyRequestOptions } from '@gatehouse/contract/webauthn'
import { type Context, callingClient } from '../context.ts'
import { hourMs, secondMs } from '../kernel/durations.ts'
import { page } from '../pages/page.ts'
import { getChallenge } from '../sign-in/get-challenge.ts'
import { sendChallenge } from '../sign-in/send-challenge.ts'
import { startPasskey } from '../sign-in/start-passkey.ts'
import { appView, codesView, enrollView, newPasskeyView } from './enroll-views.ts'
import type { Flow } from './flow.ts'
import {
  codeView,
  emailView,
  forgotView,
  lostView,
  passwordView,
  registerView,
  type Sight,
  type View,
  waysView,
} from './sign-in-views.ts'
import type { StepTools } from './take-step.ts'
import type { Language } from './words.ts'

interface Seen {
  readonly flow: Flow
  readonly language: Language
  /** What was wrong with what was sent from there. */
  readonly problem?: string | undefined
  readonly captcha?: CaptchaTask | undefined
}

/** The page where somebody stands. */
export function seeStep(tools: StepTools & { readonly policy: Policy }) {
  const { policy, passkeys, rules } = tools
  const send = sendChallenge(tools)
  const readChallenge = getChallenge(tools)
  const startWithPasskey = startPasskey(tools)

  /** What the browser is to ask the device for. */
  async function askPasskey(
    ctx: Context,
    { flow: { step } }: Seen,
    type: string | undefined,
  ): Promise<PasskeyRequestOptions | undefined> {
    if (!passkeys) return undefined
    if (step.at === 'email') return (await startWithPasskey(ctx)).options
    if (step.at !== 'code' || type !== 'webauthn') return undefined
    return (await send(ctx, { id: step.challengeId, factor_id: step.factorId })).options
  }

  return async (ctx: Context, seen: Seen): Promise<string> => {
    const { flow, language, captcha, problem } = seen
    const { lang, words } = language
    const { step } = flow
    const challenge = 'challengeId' in step ? await readChallenge(ctx, { id: step.challengeId }) : undefined
    const factor = 'factorId' in step ? challenge?.factors.find(({ id }) => id === step.factorId) : undefined
    const { risk, registration } = await rules.of(ctx)
    const app = callingClient(ctx).name
    const { title, body } = show({
      flow,
      step,
      words,
      lang,
      app,
      now: ctx.now,
      isWrong: problem !== undefined,
      challenge,
      passkey: await askPasskey(ctx, seen, factor?.type),
      captcha,
      hasPasskeys: passkeys !== undefined,
      canRegister: registration === 'open',
      rememberedHours: risk.remembered_hours,
      recoveryHours: Math.ceil((policy.recoveryWaitSeconds * secondMs) / hourMs),
    })
    const isExpired = step.at === 'email' && step.isExpired === true
    return page({
      lang,
      title,
      name: app,
      body,
      problem: problem ?? (isExpired ? words.expired : undefined),
      errorWord: words.error,
    })
  }
}

function show(sight: Sight): View {
  const { step } = sight
  switch (step.at) {
    case 'email':
      return emailView({ ...sight, step })
    case 'password':
      return passwordView({ ...sight, step })
    case 'forgot':
      return forgotView({ ...sight, step })
    case 'register':
      return registerView({ ...sight, step })
    case 'code':
      return codeView({ ...sight, step })
    case 'ways':
      return waysView({ ...sight, step })
    case 'lost':
      return lostView({ ...sight, step })
    case 'enroll':
      return enrollView({ ...sight, step })
    case 'enroll_app':
      return appView({ ...sight, step })
    case 'enroll_passkey':
      return newPasskeyView({ ...sight, step })
    case 'codes':
      return codesView({ ...sight, step })
  }
}
