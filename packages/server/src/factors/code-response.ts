import { z } from 'zod'

/** A code as people type or paste it: spaces and hyphens do not count. Whether it has the right form, the factor decides. */
export const CodeResponse = z.strictObject({
  code: z
    .string()
    .max(256)
    .transform((typed) => typed.replace(/[\s-]/g, '')),
})

export type CodeResponse = z.infer<typeof CodeResponse>
