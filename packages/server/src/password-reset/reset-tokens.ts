import { mailTokens } from '../mail-tokens/mail-tokens.ts'

/** Of users: they set a new password. Any change of the user since then ends them. */
export const resetTokens = mailTokens<{ readonly user_version: number }>('prt_')
