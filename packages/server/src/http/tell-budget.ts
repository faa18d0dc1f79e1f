import { secondMs } from '../kernel/durations.ts'
import { remember } from '../kernel/remember.ts'
import type { Hit } from '../storage/counters.ts'
import type { Call } from './call.ts'

/** Says in the headers of the answer what is left of a budget of a minute, beside others (draft-ietf-httpapi-ratelimit-headers). */
export function tellBudget({ answerHeaders }: Call, name: string, limit: number, hit: Hit): void {
  const { policyOf, leftOf } = textsOf(name)
  const waitSeconds = Math.ceil(hit.retryAfterMs / secondMs)
  add(answerHeaders, 'ratelimit-policy', policyOf(limit))
  add(answerHeaders, 'ratelimit', waitSeconds === 0 ? leftOf(hit.remaining) : say(name, hit.remaining, waitSeconds))
}

/** To put a header together takes longer than to find it, and almost all answers say one of a few things. */
const textsOf = remember(
  (name: string) => ({
    policyOf: remember((limit: number) => `"${name}";q=${limit};w=60`, 100),
    leftOf: remember((remaining: number) => say(name, remaining, 0), 2000),
  }),
  20,
)

function say(name: string, remaining: number, waitSeconds: number): string {
  return `"${name}";r=${remaining};t=${waitSeconds}`
}

function add(headers: Record<string, string>, name: string, value: string): void {
  const before = headers[name]
  headers[name] = before === undefined ? value : `${before}, ${value}`
}
