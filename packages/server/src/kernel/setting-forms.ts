import { z } from 'zod'
import { hostOf, isLoopback } from './address.ts'

/** Several words, with commas between. */
export const List = z.string().transform((text) => text.split(',').map((entry) => entry.trim()))

/** What JSON says, to be piped into the form that it must have. */
export const JsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue('must be JSON')
    return z.NEVER
  }
})

/** Where codes and credentials go: over TLS, and in the clear to this machine only. */
export const SafeUrl = z
  .url({ protocol: /^https?$/ })
  .refine(isSafe, { message: 'must be https, other than on this machine' })

function isSafe(text: string): boolean {
  const url = URL.parse(text)
  return url?.protocol === 'https:' || isLoopback(hostOf(url?.hostname ?? ''))
}

/** Lets a value, or each of several, be judged by a function that says what is wrong with it. */
export function refuse(findProblem: (value: string) => string | undefined) {
  return (given: string | readonly string[], { addIssue }: z.RefinementCtx): void => {
    for (const value of [given].flat()) {
      const message = findProblem(value)
      if (message) addIssue({ code: 'custom', message })
    }
  }
}
