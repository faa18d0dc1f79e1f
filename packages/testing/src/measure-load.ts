/** How much is to be asked for. */
export interface LoadOptions {
  /** Calls under way at the same time: 10 unless given. */
  readonly atOnce?: number | undefined
  /** How many calls in all: 1000 unless given. */
  readonly calls?: number | undefined
  /** A clock in milliseconds: the machine's unless given. */
  readonly nowMs?: (() => number) | undefined
}

/** What came of it. Times are of the calls that went well. */
export interface LoadFigures {
  readonly calls: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  /** How often each error came up, by its code or name. */
  readonly failures: Readonly<Record<string, number>>
}

/**
 * Calls again and again, so many at once, and says how long it took. The load of an application, in a test of its own: what
 * the server itself can do, its benchmarks measure from another process.
 *
 * ```ts
 * const figures = await measureLoad(() => gatehouse.tokens.validate({ token }), { atOnce: 20, calls: 500 })
 * assert.ok(figures.p99Ms < 200)
 * ```
 */
export async function measureLoad(
  call: (index: number) => Promise<unknown>,
  { atOnce = 10, calls = 1000, nowMs = () => performance.now() }: LoadOptions = {},
): Promise<LoadFigures> {
  const times: number[] = []
  const failures: Record<string, number> = {}
  let next = 0
  const startedMs = nowMs()
  const worker = async () => {
    for (let index = next++; index < calls; index = next++) {
      const sentMs = nowMs()
      try {
        await call(index)
        times.push(nowMs() - sentMs)
      } catch (error) {
        const name = nameOf(error)
        failures[name] = (failures[name] ?? 0) + 1
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  const tookMs = nowMs() - startedMs
  const sorted = times.toSorted((one, other) => one - other)
  const at = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
  return { calls, perSecond: (calls / tookMs) * 1000, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), failures }
}

function nameOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  return String('code' in error ? error.code : 'name' in error ? error.name : 'unknown')
}
