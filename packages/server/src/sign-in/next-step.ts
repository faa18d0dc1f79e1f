import { type Method, methods } from '@gatehouse/contract/methods'

/** What comes next in a sign-in. */
export type NextStep<F> =
  | { readonly status: 'refused' }
  | { readonly status: 'authenticated'; readonly acr: 'aal1' | 'aal2' | 'recovery' }
  | { readonly status: 'mfa_required'; readonly factors: readonly F[] }
  | { readonly status: 'mfa_enrollment_required' }

/**
 * What is proven and what the user has, in; what comes next, out. Every road into the house ends here, so that no road
 * can go round the second factor. Something known and something held are two factors; two of one kind are one. A key that
 * has checked who holds it is both. A recovery
 * code lets its owner in to enrol a new factor and proves no second factor; so does nothing at all, where the tenant
 * demands a factor of somebody who has none.
 */
export function nextStep<F>(
  proven: readonly Method[],
  user: { readonly isDisabled: boolean; readonly factors: readonly F[]; readonly needsMfa: boolean },
): NextStep<F> {
  const isProven = (evidence: (typeof methods)[Method]) => proven.some((method) => methods[method] === evidence)
  const isKeyOfHolder = proven.includes('user') && (proven.includes('hwk') || proven.includes('swk'))
  if (user.isDisabled || !(isProven('knows') || isKeyOfHolder)) return { status: 'refused' }
  if (isProven('holds')) return { status: 'authenticated', acr: 'aal2' }
  if (proven.includes('recovery')) return { status: 'authenticated', acr: 'recovery' }
  if (user.factors.length > 0) return { status: 'mfa_required', factors: user.factors }
  return user.needsMfa ? { status: 'mfa_enrollment_required' } : { status: 'authenticated', acr: 'aal1' }
}
