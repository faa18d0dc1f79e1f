import { type Method, methods } from '@gatehouse/contract/methods'
import { type RiskAction, strongFactorTypes } from '@gatehouse/contract/risk'

/** What comes next in a sign-in. */
export type NextStep<F> =
  | { readonly status: 'refused' }
  | { readonly status: 'authenticated'; readonly acr: 'aal1' | 'aal2' | 'aal3' | 'recovery' }
  | { readonly status: 'mfa_required'; readonly factors: readonly F[] }
  | { readonly status: 'mfa_enrollment_required' }
  /** By a code to the address of the account. */
  | { readonly status: 'mail_check_required' }

/** What is done about somebody who is to show a factor by risk and has none that will do. */
export type WithoutFactor = 'verify' | 'notify' | 'refuse'

/** Who signs in, and what their tenant does about them. */
interface Situation<F> {
  readonly isDisabled: boolean
  readonly factors: readonly F[]
  readonly needsMfa: boolean
  /** What is to be done about what is unusual. */
  readonly risk: RiskAction
  /** What becomes of somebody who is to show a factor by risk and has none that will do. */
  readonly withoutFactor: WithoutFactor
  /** A second factor was shown on this device a short time ago. */
  readonly isRemembered: boolean
}

/** Who signs in without anything unusual. */
export const usual = { risk: 'allow', withoutFactor: 'notify', isRemembered: false } as const

/**
 * What is proven and what the user has, in; what comes next, out. Every road into the house ends here, so that no road
 * can go round the second factor. Something known and something held are two factors; two of one kind are one. A key that
 * has checked who holds it is both. A recovery
 * code lets its owner in to enrol a new factor and proves no second factor; so does nothing at all, where the tenant
 * demands a factor of somebody who has none.
 */
export function nextStep<F extends { readonly type: string }>(
  proven: readonly Method[],
  { isDisabled, factors, needsMfa, risk, withoutFactor, isRemembered }: Situation<F>,
): NextStep<F> {
  const isProven = (evidence: (typeof methods)[Method]) => proven.some((method) => methods[method] === evidence)
  const isKeyOfHolder = proven.includes('user') && (proven.includes('hwk') || proven.includes('swk'))
  if (isDisabled || risk === 'refuse' || !(isProven('knows') || isKeyOfHolder)) return { status: 'refused' }
  const demandsStrong = risk === 'require_stronger'
  if (isProven('holds')) {
    // A key that cannot leave its hardware, used by who can unlock it (NIST SP 800-63B, section 2.3).
    const acr = proven.includes('hwk') && proven.includes('user') ? 'aal3' : 'aal2'
    const isWeak = proven.every((method) => methods[method] !== 'holds' || method === 'sms' || method === 'email')
    if (!demandsStrong || !isWeak) return { status: 'authenticated', acr }
    const isRefused = withoutFactor === 'refuse' || factors.some(isStrong)
    return isRefused ? { status: 'refused' } : { status: 'authenticated', acr }
  }
  const demandsFactor = demandsStrong || risk === 'require_mfa'
  if (proven.includes('recovery')) return { status: 'authenticated', acr: 'recovery' }
  if (isRemembered && !demandsFactor && factors.length > 0) return { status: 'authenticated', acr: 'aal1' }
  const fitting = demandsStrong ? factors.filter(isStrong) : factors
  if (fitting.length > 0) return { status: 'mfa_required', factors: fitting }
  if (demandsFactor && withoutFactor === 'refuse') return { status: 'refused' }
  if (factors.length > 0) return { status: 'mfa_required', factors }
  if (needsMfa) return { status: 'mfa_enrollment_required' }
  if (demandsFactor && withoutFactor === 'verify') return { status: 'mail_check_required' }
  return { status: 'authenticated', acr: 'aal1' }
}

function isStrong({ type }: { readonly type: string }): boolean {
  return (strongFactorTypes as readonly string[]).includes(type)
}
