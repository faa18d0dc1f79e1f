import { mailTokens } from '../mail-tokens/mail-tokens.ts'

/** Of addresses: they make an account. `email` is the address as the person wrote it. */
export const registrationTokens = mailTokens<{ readonly email: string }>('rgt_')
