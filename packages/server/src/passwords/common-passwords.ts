/** Passwords that everybody tries first. */
export interface CommonPasswords {
  /** `password` is in lower case. */
  has(password: string): boolean
}

/** Reads the list at its first use: most processes never ask for it. */
export async function loadCommonPasswords(): Promise<CommonPasswords> {
  const { commonPasswordList } = await import('./common-password-list.ts')
  return { has: (password) => !password.includes('\n') && commonPasswordList.includes(`\n${password}\n`) }
}
