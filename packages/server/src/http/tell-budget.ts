import { secondMs } from '../kernel/durations.ts'
import type { Hit } from '../storage/counters.ts'
import type { Call } from './call.ts'

/** Says in the headers of the answer what is left of a budget of a minute, beside others (draft-ietf-httpapi-ratelimit-headers). */
export function tellBudget({ answerHeaders }: Call, name: string, limit: number, hit: Hit): void {
  add(answerHeaders, 'ratelimit-policy', `"${name}";q=${limit};w=60`)
  add(answerHeaders, 'ratelimit', `"${name}";r=${hit.remaining};t=${Math.ceil(hit.retryAfterMs / secondMs)}`)
}

function add(headers: Record<string, string>, name: string, value: string): void {
  const before = headers[name]
  headers[name] = before === undefined ? value : `${before}, ${value}`
}
