/** A way in which somebody has proven who they are, by its name in `amr` (RFC 8176 where it has one). */
export type Method = 'pwd' | 'otp' | 'recovery'

/** A factor that could be asked for. */
interface Askable {
  readonly type: string
}

/** What comes next in a sign-in. */
export type NextStep<F extends Askable> =
  | { readonly status: 'refused' }
  | { readonly status: 'authenticated'; readonly acr: 'aal1' | 'aal2' | 'recovery' }
  /** `factors` in the order in which they should be offered: the strongest first, recovery codes last. */
  | { readonly status: 'mfa_required'; readonly factors: readonly F[] }

/** What each type of factor proves. A type that is missing here cannot be asked for. */
const methodOf: Readonly<Record<string, Method>> = { totp: 'otp', recovery_codes: 'recovery' }
const offerOrder = ['totp', 'recovery_codes']

/** The method that a factor of this type proves. */
export function methodOfFactor(type: string): Method {
  const method = methodOf[type]
  if (!method) throw new Error(`A factor of type ${type} proves nothing that a sign-in knows`)
  return method
}

/**
 * What is proven and what the user has, in; what comes next, out. Every road into the house ends here, so that no road
 * can go round the second factor. A recovery code lets its owner in to enrol a new factor and proves no second factor.
 */
export function nextStep<F extends Askable>(
  proven: readonly Method[],
  user: { readonly isDisabled: boolean; readonly factors: readonly F[] },
): NextStep<F> {
  if (user.isDisabled || !proven.includes('pwd')) return { status: 'refused' }
  if (proven.includes('otp')) return { status: 'authenticated', acr: 'aal2' }
  if (proven.includes('recovery')) return { status: 'authenticated', acr: 'recovery' }
  if (user.factors.length === 0) return { status: 'authenticated', acr: 'aal1' }
  const factors = user.factors.toSorted((a, b) => offerOrder.indexOf(a.type) - offerOrder.indexOf(b.type))
  return { status: 'mfa_required', factors }
}
