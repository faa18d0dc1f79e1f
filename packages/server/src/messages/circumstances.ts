import type { Source } from '../context.ts'

/** When and from where something was done, in the words of messages. */
export function circumstancesOf({ at, ipAddress, userAgent }: Source & { readonly at: number | Date }) {
  return { at: new Date(at).toISOString(), ip: ipAddress ?? '?', agent: userAgent ?? '' }
}
