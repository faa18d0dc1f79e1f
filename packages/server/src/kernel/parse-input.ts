import type { ZodType, z } from 'zod'
import { Fault, type FaultOptions } from './fault.ts'

type Place = NonNullable<FaultOptions['errors']>[number]

/**
 * What came from outside, as the contract wants it.
 * @throws Fault `unknown_parameter` when there is a field too many, `invalid_request` for everything else that is wrong;
 * `errors` names each place as a JSON pointer (RFC 6901) and never repeats the value.
 */
export function parseInput<T>(schema: ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.flatMap((issue): Place[] => {
    const at = issue.path.map(pointTo).join('')
    if (issue.code !== 'unrecognized_keys') return [{ pointer: at, code: issue.code, detail: detailOf(issue) }]
    return issue.keys.slice(0, 10).map((key) => ({ pointer: at + pointTo(key.slice(0, 64)), code: issue.code }))
  })
  const onlyUnknown = parsed.error.issues.every((issue) => issue.code === 'unrecognized_keys')
  throw new Fault(onlyUnknown ? 'unknown_parameter' : 'invalid_request', { errors: errors.slice(0, 20) })
}

/** More words than these nobody reads: they stand in the documentation. */
const fewWords = 24

function detailOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_value' || issue.values.length <= fewWords) return issue.message
  return `Invalid option: it is none of the ${issue.values.length} words that the documentation of the operation lists`
}

function pointTo(step: PropertyKey): string {
  return `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`
}
