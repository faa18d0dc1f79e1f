const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * A time as people say it: so long ago (`30m`, `24h`, `7d`), or a date, with or without the hour.
 * @throws Error for what is none
 */
export function readTime(flag: string, text: string, now: Date): string {
  const [, amount, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  if (amount !== undefined) {
    return new Date(now.getTime() - Number(amount) * unitMs[unit as keyof typeof unitMs]).toISOString()
  }
  const isDate = /^\d{4}-\d\d-\d\d(T.+)?$/.test(text)
  if (!isDate || Number.isNaN(Date.parse(text))) {
    throw new Error(`${flag} ${text} is no time; say 30m, 24h, 7d, 2026-11-01 or 2026-11-01T08:00:00Z`)
  }
  return new Date(text).toISOString()
}
