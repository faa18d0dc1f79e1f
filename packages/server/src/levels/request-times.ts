import { boundOf, judgesProof } from '@gatehouse/contract/levels'
import { type Context, commit } from '../context.ts'
import type { AnsweredRequest } from '../kernel/answered-request.ts'
import type { World } from '../kernel/moment.ts'
import { type Count, spansMs, writesOf } from './tally.ts'

/** How long requests took on this node, since it was last written down. */
export interface RequestTimes {
  answered(request: AnsweredRequest): void
  writeDown(ctx: Context): Promise<void>
}

/** Of a sign-in that failed by our fault nobody knows whether it was right: it counts as if it was. */
const signIns: ReadonlySet<string> = new Set(['login', 'verifyPasskey'])

/** Strangers are not counted: who calls is known once a signature or a token was good. */
export function requestTimes({ now }: Pick<World, 'now'>): RequestTimes {
  let counted = new Map<string, Count & { count: number }>()
  /** What was counted last, which most often is what is counted next. */
  let last: (Count & { count: number }) | undefined

  function add(one: Omit<Count, 'count'>, times = 1): void {
    if (last && isSame(last, one)) {
      last.count += times
      return
    }
    const key = `${one.tenantId} ${one.at} ${one.measure} ${one.label}`
    last = counted.get(key) ?? { ...one, count: 0 }
    last.count += times
    counted.set(key, last)
  }

  return {
    answered({ operation, tenantId, status, tookMs }) {
      if (!operation || tenantId === undefined) return
      const at = Math.floor(now().getTime() / spansMs.short) * spansMs.short
      const isOurFault = status >= 500
      add({ tenantId, at, measure: 'api', label: isOurFault ? 'server_error' : boundOf(tookMs) })
      if (judgesProof(operation)) add({ tenantId, at, measure: 'mfa_time', label: boundOf(tookMs) })
      if (!isOurFault) return
      if (signIns.has(operation.id)) add({ tenantId, at, measure: 'sign_in', label: 'server_error' })
      if (operation.id === 'verifyChallenge') add({ tenantId, at, measure: 'mfa', label: 'server_error' })
    },
    async writeDown(ctx) {
      if (counted.size === 0) return
      const taken = counted
      counted = new Map()
      last = undefined
      try {
        await commit(ctx, writesOf([...taken.values()]))
      } catch (error) {
        for (const { count, ...one } of taken.values()) add(one, count)
        throw error
      }
    },
  }
}

function isSame(one: Omit<Count, 'count'>, other: Omit<Count, 'count'>): boolean {
  const isThen = one.at === other.at && one.tenantId === other.tenantId
  return isThen && one.measure === other.measure && one.label === other.label
}
