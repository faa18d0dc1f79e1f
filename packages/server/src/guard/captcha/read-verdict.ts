import type { CaptchaTask } from '@gatehouse/contract/resources'
import { z } from 'zod'
import { minuteMs } from '../../kernel/durations.ts'
import { parseJson } from '../../kernel/parse-json.ts'

export type ProviderName = Exclude<CaptchaTask['provider'], 'pow'>

/** What is known of each provider. All speak one protocol, with differences in what they vouch for. */
interface Provider {
  readonly verifyUrl: string
  readonly tellsAction: boolean
  readonly tellsScore: boolean
}

export const providers: Readonly<Record<ProviderName, Provider>> = {
  recaptcha_v3: {
    verifyUrl: 'https://www.google.com/recaptcha/api/siteverify',
    tellsAction: true,
    tellsScore: true,
  },
  turnstile: {
    verifyUrl: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
    tellsAction: true,
    tellsScore: false,
  },
  hcaptcha: { verifyUrl: 'https://api.hcaptcha.com/siteverify', tellsAction: false, tellsScore: false },
}

/** The action that the widget is told and the provider tells us. */
export const captchaAction = 'login'

/** An answer of a provider, as it came. */
export interface ProviderAnswer {
  readonly status: number
  readonly text: string
}

/** What we ask of a captcha besides that the provider holds it for solved. */
export interface Demands {
  readonly provider: ProviderName
  /** Lower case: the names of the hosts whose pages show the captcha. */
  readonly hostnames: readonly string[]
  readonly minScore: number
}

export type Verdict =
  | { readonly outcome: 'solved' }
  /** The provider has spoken, and it is no. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** The provider has not spoken, or not of this captcha. */
  | { readonly outcome: 'unavailable'; readonly reason: string }

const Answer = z.object({
  success: z.boolean(),
  'error-codes': z.array(z.string()).default([]),
  hostname: z.string().optional(),
  action: z.string().optional(),
  score: z.number().optional(),
  challenge_ts: z.string().optional(),
})

/** Complaints about us or about the provider: they say nothing of the person. */
const notThePerson: ReadonlySet<string> = new Set([
  'missing-input-secret',
  'invalid-input-secret',
  'sitekey-secret-mismatch',
  'not-using-dummy-secret',
  'internal-error',
])

const longestAgeMs = 2 * minuteMs
/** Their clock may be ahead of ours. */
const longestLeadMs = minuteMs

/** Judges what a provider answered. What cannot be understood counts as no answer, never as a yes. */
export function readVerdict({ status, text }: ProviderAnswer, demands: Demands, now: Date): Verdict {
  const answer = Answer.safeParse(parse(text)).data
  // Some say no with a 4xx. A yes has to be a 200.
  if (!answer || status < 200 || status >= 500 || (status >= 300 && status < 400)) {
    return { outcome: 'unavailable', reason: `unexpected_answer_${status}` }
  }
  const complaint = answer['error-codes'].find((code) => notThePerson.has(code))
  if (complaint) return { outcome: 'unavailable', reason: complaint }
  const reason = status === 200 && answer.success ? findFault(answer, demands, now) : 'not_solved'
  return reason ? { outcome: 'refused', reason } : { outcome: 'solved' }
}

function findFault(answer: z.infer<typeof Answer>, demands: Demands, now: Date): string | undefined {
  const { tellsAction, tellsScore } = providers[demands.provider]
  if (!demands.hostnames.includes(answer.hostname?.toLowerCase() ?? '')) return 'other_hostname'
  if (tellsAction && answer.action !== captchaAction) return 'other_action'
  if (tellsScore && !(answer.score !== undefined && answer.score >= demands.minScore)) return 'low_score'
  const ageMs = now.getTime() - Date.parse(answer.challenge_ts ?? '')
  if (!(ageMs <= longestAgeMs && ageMs >= -longestLeadMs)) return 'too_old'
  return undefined
}

function parse(text: string): unknown {
  try {
    return parseJson(Buffer.from(text), { depth: 16, names: 100 })
  } catch {
    return undefined
  }
}
