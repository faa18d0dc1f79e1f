import { type Method, methods } from '@gatehouse/contract/methods'
import type { TenantRules } from '@gatehouse/contract/policy-operations'
import type { SimulatedOutcome } from '@gatehouse/contract/simulation-operations'
import type { RiskVerdict } from '../risk/judge-risk.ts'
import { nextStep } from '../sign-in/next-step.ts'

/** A sign-in of the record, as far as rules decide on it. */
interface Shown {
  /** What was shown then. */
  readonly amr: readonly string[]
  /** The factors that its user has today. */
  readonly factors: readonly { readonly type: string }[]
  readonly isKnownDevice: boolean
  /** Their address is proven to be theirs: a code can go there. */
  readonly isReached: boolean
}

/** What these rules make of a sign-in of the record: decided by the function that decides every sign-in. */
export function outcomeOf({ mfa, risk }: TenantRules, { decision }: RiskVerdict, shown: Shown): SimulatedOutcome {
  const who = {
    isDisabled: false,
    factors: shown.factors,
    needsMfa: mfa === 'required',
    risk: decision,
    withoutFactor: risk.without_factor === 'verify' && !shown.isReached ? 'notify' : risk.without_factor,
    isRemembered: shown.isKnownDevice && risk.remembered_hours > 0,
  }
  const proven = shown.amr.filter((method): method is Method => Object.hasOwn(methods, method))
  const first = proven.includes('pwd') ? nextStep(['pwd'], who) : undefined
  if (first && first.status !== 'mfa_required') return nameOf(first.status)
  const isMore = proven.some((method) => method !== 'pwd')
  if (!isMore) return 'asked'
  const second = nextStep(proven, who)
  // A factor that was good enough then, and would not be: another one is asked for, if there is one.
  if (second.status === 'refused' && first?.status === 'mfa_required' && decision !== 'refuse') return 'asked'
  return nameOf(second.status)
}

function nameOf(status: ReturnType<typeof nextStep>['status']): SimulatedOutcome {
  if (status === 'authenticated') return 'let_in'
  if (status === 'mfa_required' || status === 'mail_check_required') return 'asked'
  return status === 'mfa_enrollment_required' ? 'enrolment_demanded' : 'refused'
}
