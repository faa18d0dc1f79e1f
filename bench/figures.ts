import { median } from './statistics.ts'

/** One number that was asked for, and what it should be. */
export interface Figure {
  /** Its number in the list of targets. */
  readonly id: string
  readonly subject: string
  readonly what: string
  readonly value: number
  readonly unit: '×' | 'ms' | 's' | 'MiB' | ''
  readonly target?: { readonly atLeast: number } | { readonly atMost: number }
}

/** What one server did under one load: medians over all rounds. */
export interface LoadRow {
  readonly load: string
  readonly subject: string
  readonly perSecond: number
  readonly cpuUs: number
  /** Of the database server for each answer, where it is a process of its own. */
  readonly databaseCpuUs?: number | undefined
  readonly p50Ms: number
  readonly p99Ms: number
}

/** The medians of what all rounds say of one server. */
export function loadRow(load: string, subject: string, rounds: readonly Omit<LoadRow, 'load' | 'subject'>[]): LoadRow {
  const middle = (pick: (round: Omit<LoadRow, 'load' | 'subject'>) => number) => median(rounds.map(pick))
  const hasDatabase = rounds.every((round) => round.databaseCpuUs !== undefined)
  return {
    load,
    subject,
    perSecond: middle((round) => round.perSecond),
    cpuUs: middle((round) => round.cpuUs),
    databaseCpuUs: hasDatabase ? middle((round) => round.databaseCpuUs ?? 0) : undefined,
    p50Ms: middle((round) => round.p50Ms),
    p99Ms: middle((round) => round.p99Ms),
  }
}

export interface Report {
  readonly loads: LoadRow[]
  readonly figures: Figure[]
}

function isMet({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
}

/** Both tables, for people. */
export function printReport({ loads, figures }: Report): string {
  const loadTable = table(
    ['load', 'server', 'answers/s', 'CPU µs', 'database', 'p50 ms', 'p99 ms'],
    loads.map(({ load, subject, perSecond, cpuUs, databaseCpuUs, p50Ms, p99Ms }) => [
      load,
      subject,
      perSecond.toFixed(0),
      cpuUs.toFixed(cpuUs < 1000 ? 1 : 0),
      databaseCpuUs?.toFixed(1) ?? '',
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
    ]),
  )
  const figureTable = table(
    ['', 'server', 'what', 'measured', 'target', ''],
    figures.map((figure) => {
      const { id, subject, what, value, unit, target } = figure
      const met = isMet(figure)
      return [
        id,
        subject,
        what,
        show(value, unit),
        describe(target, unit),
        met === undefined ? '' : met ? 'met' : 'NOT MET',
      ]
    }),
  )
  return `${loadTable}\n\n${figureTable}`
}

function describe(target: Figure['target'], unit: Figure['unit']): string {
  if (target === undefined) return ''
  return 'atLeast' in target ? `≥ ${show(target.atLeast, unit)}` : `≤ ${show(target.atMost, unit)}`
}

function show(value: number, unit: Figure['unit']): string {
  const digits = unit === 'MiB' || unit === '' ? 0 : unit === 'ms' ? 1 : 2
  return unit === '×' ? `${value.toFixed(digits)}×` : `${value.toFixed(digits)} ${unit}`.trim()
}

/** As wide as it must be; numbers stand to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? '')].length)))
  const isNumber = head.map((_, column) => rows.some((row) => /^\d/.test(row[column] ?? '')))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat((widths[column] ?? 0) - [...cell].length)
        return isNumber[column] ? gap + cell : cell + gap
      })
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}
