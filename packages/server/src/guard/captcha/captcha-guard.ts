import type { Policy } from '@gatehouse/contract/policy'
import type { CaptchaTask } from '@gatehouse/contract/resources'
import { type Context, callingClient, once } from '../../context.ts'
import { hkdf } from '../../crypto/hkdf.ts'
import { hmacSha256 } from '../../crypto/hmac-sha256.ts'
import { secondMs } from '../../kernel/durations.ts'
import type { Keyring, TokenRoot } from '../../keys/keyring.ts'
import { sourceOf } from '../source.ts'
import type { ProviderLine } from './ask-provider.ts'
import { type FailureTally, failureTally, nameTallyKey } from './failure-tally.ts'
import { needsCaptcha } from './needs-captcha.ts'
import { issueWork, isWorkDone, openWork, type WorkPurpose } from './proof-of-work.ts'
import { captchaAction, type Verdict } from './read-verdict.ts'
import { watchProvider } from './watch-provider.ts'

interface Tools {
  readonly keys: Keyring
  readonly policy: Policy
  /** Undefined where the built-in proof of work is all there is. */
  readonly provider: ProviderLine | undefined
  readonly reportFailure: (error: unknown) => void
}

/** A sign-in that has not been judged. */
interface LoginAttempt {
  /** The name as it is compared, whether there is such an account or not. */
  readonly name: string
  /** The person's address, where the application tells it. */
  readonly ip: string | undefined
  readonly token: string | undefined
}

export type CaptchaVerdict =
  /** `takeBack` once it is known that the attempt has not failed. */
  | { readonly passed: true; takeBack(): Promise<void> }
  | { readonly passed: false; readonly task: CaptchaTask; readonly reason: string }

/** Stands before the password: whoever has failed too often lately solves something first. */
export interface CaptchaGuard {
  check(ctx: Context, attempt: LoginAttempt): Promise<CaptchaVerdict>
}

type Judged = Verdict | { readonly outcome: 'missing' }

/**
 * The one captcha of the house. Counts before anything is judged, knows nothing of accounts, and accepts a solution once. Without
 * a provider, or while it is down, the proof of work is asked for: there is always something to solve, and never nothing.
 */
export function captchaGuard({ keys, policy, provider: line, reportFailure }: Tools): CaptchaGuard {
  const macOf = ({ key }: TokenRoot) => hmacSha256(hkdf(key, { info: 'gatehouse captcha proof of work', bytes: 32 }))
  const provider = line && watchProvider(line, policy.captchaMinScorePercent / 100, reportFailure)
  const windowMs = policy.captchaWindowSeconds * secondMs

  async function judge(ctx: Context, token: string | undefined): Promise<Judged> {
    if (token === undefined) return { outcome: 'missing' }
    if (token.startsWith('pow1.')) return judgeWork(ctx, token)
    if (!provider) return { outcome: 'refused', reason: 'not_a_solution' }
    const isFirst = await once(ctx, `captcha token ${ctx.tenantId} ${token}`, 10 * 60 * secondMs)
    return isFirst ? provider.verify(token, ctx.now) : { outcome: 'refused', reason: 'used_before' }
  }

  async function judgeWork(ctx: Context, token: string): Promise<Judged> {
    const [work] = keys.tokenRoots.flatMap((root) => openWork(macOf(root), token, purposeOf(ctx), ctx.now) ?? [])
    if (!work) return { outcome: 'refused', reason: 'not_our_challenge' }
    // Spent before the work is looked at: of a wrong solution there is no second try.
    const leftMs = work.expiresAt - ctx.now.getTime()
    if (!(await once(ctx, `captcha work ${work.challenge}`, leftMs)))
      return { outcome: 'refused', reason: 'used_before' }
    return isWorkDone(work) ? { outcome: 'solved' } : { outcome: 'refused', reason: 'work_not_done' }
  }

  async function newTask(ctx: Context, judged: Judged): Promise<CaptchaTask> {
    if (line && provider && judged.outcome !== 'unavailable' && (await provider.isUp(ctx.now))) {
      return { provider: line.account.provider, site_key: line.account.siteKey, action: captchaAction }
    }
    const terms = { bits: policy.captchaWorkBits, lifeMs: policy.captchaSeconds * secondMs }
    const { challenge, bits, iterations, expiresAt } = issueWork(macOf(keys.tokenRoot), purposeOf(ctx), terms, ctx)
    return { provider: 'pow', challenge, bits, iterations, expires_at: new Date(expiresAt).toISOString() }
  }

  function talliesOf(ctx: Context, { name, ip }: LoginAttempt): readonly FailureTally[] {
    const limit = { limit: policy.captchaNameFailures, windowMs }
    const ofName = failureTally(nameTallyKey(ctx, name), limit)
    // Where nobody tells the person's address, all would be one source.
    if (ip === undefined) return [ofName]
    const ofSource = { limit: policy.captchaSourceFailures, windowMs }
    return [ofName, failureTally(`captcha source ${callingClient(ctx).id} ${sourceOf(ip)}`, ofSource)]
  }

  return {
    async check(ctx, attempt) {
      const when = policy.loginCaptcha
      const used = when === 'risk' ? talliesOf(ctx, attempt) : []
      const risks = await Promise.all(used.map((each) => each.count(ctx)))
      const takeBack = async () => {
        await Promise.all(used.map((each, index) => (risks[index] ? undefined : each.takeBack(ctx))))
      }
      const risk = { name: risks[0] ?? false, source: risks[1] ?? false }
      if (!needsCaptcha(when, risk)) return { passed: true, takeBack }
      const judged = await judge(ctx, attempt.token)
      if (judged.outcome === 'solved') return { passed: true, takeBack }
      await takeBack()
      const reason = 'reason' in judged ? judged.reason : judged.outcome
      return { passed: false, task: await newTask(ctx, judged), reason }
    },
  }
}

function purposeOf(ctx: Context): WorkPurpose {
  return { purpose: 'login', tenantId: ctx.tenantId, clientId: callingClient(ctx).id }
}
