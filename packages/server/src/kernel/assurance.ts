/** Whether a session began with two factors (NIST SP 800-63B, section 2): at the second level or the third. */
export function isTwoFactor(acr: string): boolean {
  return acr === 'aal2' || acr === 'aal3'
}
