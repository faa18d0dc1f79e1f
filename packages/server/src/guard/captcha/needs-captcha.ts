import type { Policy } from '@gatehouse/contract/policy'

/** What speaks against a sign-in before its password is looked at. Names that do not exist have it, too. */
export interface LoginRisk {
  /** The name has failed too often lately. */
  readonly name: boolean
  /** The person's address has. */
  readonly source: boolean
}

/** Whether a sign-in has to bring a captcha. Decided before anything about the account is known. */
export function needsCaptcha(when: Policy['loginCaptcha'], risk: LoginRisk): boolean {
  return when === 'always' || (when === 'risk' && (risk.name || risk.source))
}
