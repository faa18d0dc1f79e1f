import { relative } from 'node:path'
import type { TestEvent } from 'node:test/reporters'
import { inspect, styleText } from 'node:util'
import { cases, catalogue, numbersOf } from './catalogue.ts'

/** What became of the tests of one case on one engine. */
interface Line {
  readonly number: string
  readonly engine: string
  passed: number
  failed: number
  /** Why tests could not be carried out on this machine. */
  readonly unchecked: string[]
}

interface Failure {
  readonly title: string
  readonly place: string
  readonly error: string
}

interface Time {
  readonly title: string
  readonly milliseconds: number
}

type Summary = Extract<TestEvent, { type: 'test:summary' }>['data']
type Outcome = 'passed' | 'in part' | 'FAILED' | 'not checked' | 'no test ran' | 'not in scope'

/**
 * Reports each process with its time, then the slowest tests, and the tests as the attack catalogue has them: a line for each case and engine, a
 * table of the groups, and what is not in scope; then the tests that failed and the runner's own summary. A case in scope without a test is a failure, too.
 */
async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const lines = new Map<string, Line>()
  const failures: Failure[] = []
  const times: Time[] = []
  let last: readonly Line[] = []
  let summary = ''
  for await (const { type, data } of source) {
    if (type === 'test:summary') {
      if (data.file === undefined) summary = showSummary(data)
      else yield `${data.success ? '✓' : '✗'} ${showSeconds(data.duration_ms)}  ${relative(root, data.file)}\n`
    }
    if (type === 'test:diagnostic') {
      const reason = /^not checked: (.*)/.exec(data.message)?.[1]
      for (const line of reason ? last : []) {
        line.passed--
        line.unchecked.push(reason ?? '')
      }
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.skip !== undefined) continue
    times.push({ title: data.name, milliseconds: data.details.duration_ms })
    const numbers = isFromOutside(data.file) ? numbersOf(data.name).filter(isWanted) : []
    last = numbers.map((number) => lineOf(lines, number, engineOf(data.name)))
    for (const line of last) line[type === 'test:pass' ? 'passed' : 'failed']++
    if (type === 'test:fail') {
      failures.push({ title: data.name, place: placeOf(data), error: inspect(data.details.error.cause) })
    }
  }
  const outcomes = new Map([...cases.keys()].map((number) => [number, judge(number, [...lines.values()])]))
  yield `\nslowest:\n${showSlowest(times)}\n`
  yield `\n${showLines([...lines.values()])}\n\n${showGroups(outcomes)}\n\n${showGaps(outcomes)}\n`
  yield* failures.map(({ title, place, error }) => `\n${styleText('red', 'FAILED')}  ${title}\n${place}\n${error}\n`)
  yield `\n${summary}`
  if (failures.length > 0 || [...outcomes.values()].includes('no test ran')) process.exitCode = 1
}

/** What the runner itself counted, in the words of its own reporter. */
function showSummary({ counts, duration_ms: duration }: Summary): string {
  const { tests, suites, passed, cancelled, skipped, todo } = counts
  const failed = tests - passed - cancelled - skipped - todo
  const lines = { tests, suites, pass: passed, fail: failed, cancelled, skipped, todo, duration_ms: duration }
  return Object.entries(lines)
    .map(([name, value]) => `ℹ ${name} ${value}\n`)
    .join('')
}

function showSlowest(times: readonly Time[]): string {
  const slowest = times.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 20)
  return slowest.map(({ title, milliseconds }) => `${showSeconds(milliseconds)}  ${title}`).join('\n')
}

function showSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1).padStart(6)} s`
}

export { report as default }

const root = `${import.meta.dirname}/../..`

/** A test beside the code looks at a part from within: it shows less than the catalogue asks for. */
function isFromOutside(file: string | undefined): boolean {
  return relative(root, file ?? '').startsWith('test')
}

function placeOf({ file = '', line }: { readonly file?: string; readonly line?: number }): string {
  return `${relative(root, file)}:${line ?? ''}`
}

/** What the end of a title says: `(sqlite)`, `(v1, no server)`, `(postgres, two processes)`. */
function engineOf(title: string): string {
  return /\((?:[^()]*, )?((?:sqlite|postgres|no server)\b[^()]*)\)$/.exec(title)?.[1] ?? 'sqlite'
}

function lineOf(lines: Map<string, Line>, number: string, engine: string): Line {
  const key = `${number} ${engine}`
  const line = lines.get(key) ?? { number, engine, passed: 0, failed: 0, unchecked: [] }
  lines.set(key, line)
  return line
}

/** What the runner was told to run: `--test-name-pattern`, which leaves out tests without a word. */
const wanted = process.execArgv.find((arg) => arg.startsWith('--test-name-pattern='))?.split('=')[1]

function isWanted(number: string): boolean {
  return wanted === undefined || new RegExp(wanted).test(`${number} `)
}

/** Undefined for a case that was not asked for. */
function judge(number: string, lines: readonly Line[]): Outcome | undefined {
  if (!isWanted(number)) return undefined
  const own = lines.filter((line) => line.number === number)
  const missing = cases.get(number)?.missing
  if (own.some(({ failed }) => failed > 0)) return 'FAILED'
  if (own.some(({ unchecked }) => unchecked.length > 0)) return 'not checked'
  if (own.length > 0) return missing === undefined ? 'passed' : 'in part'
  return missing === undefined ? 'no test ran' : 'not in scope'
}

function showLines(lines: readonly Line[]): string {
  const rows = lines
    .toSorted((a, b) => a.number.localeCompare(b.number) || a.engine.localeCompare(b.engine))
    .map(({ number, engine, passed, failed, unchecked }) => {
      const outcome = [
        failed > 0 ? `${failed} FAILED` : '',
        passed > 0 ? `passed${passed > 1 ? ` (${passed} tests)` : ''}` : '',
        unchecked.length > 0 ? `not checked: ${[...new Set(unchecked)].join('; ')}` : '',
      ]
      return [number, cases.get(number)?.name ?? 'NOT IN THE CATALOGUE', engine, outcome.filter(Boolean).join(', ')]
    })
  return table([['', 'attack', 'engine', 'outcome'], ...rows])
}

function showGroups(outcomes: ReadonlyMap<string, Outcome | undefined>): string {
  const columns = ['passed', 'in part', 'FAILED', 'not checked', 'no test ran', 'not in scope'] as const
  const count = (numbers: readonly string[]) =>
    columns.map((column) => String(numbers.filter((number) => outcomes.get(number) === column).length))
  const rows = Object.entries(catalogue)
    .filter(([, { cases }]) => Object.keys(cases).some(isWanted))
    .map(([letter, { title, cases }]) => [`${letter} ${title}`, ...count(Object.keys(cases))])
  return table([['group', ...columns], ...rows, ['all', ...count([...cases.keys()])]])
}

/** What nobody should take for passed. */
function showGaps(outcomes: ReadonlyMap<string, Outcome | undefined>): string {
  return (['in part', 'not in scope', 'no test ran'] as const)
    .map((outcome) => {
      const rows = [...cases]
        .filter(([number]) => outcomes.get(number) === outcome)
        .map(([number, { name, missing = '' }]) => [number, name, missing])
      return rows.length > 0 ? `${outcome}:\n${table(rows)}` : ''
    })
    .filter(Boolean)
    .join('\n\n')
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
