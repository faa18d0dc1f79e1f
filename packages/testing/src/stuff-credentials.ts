import { type Door, type From, tryPatiently } from './try-password.ts'

export interface Stuffing {
  readonly from: From
  /** The leaked addresses, each with a password of its own. */
  readonly emails: readonly string[]
  /** Told how many have been tried. */
  readonly onTried?: (count: number) => void
}

/** Credential stuffing: one source tries a list of leaked addresses and passwords, as fast as it is let. */
export async function stuffCredentials(door: Door, { from, emails, onTried }: Stuffing): Promise<void> {
  for (const [index, email] of emails.entries()) {
    await tryPatiently(door, { email, password: `leaked password ${index}`, from })
    onTried?.(index + 1)
  }
}
