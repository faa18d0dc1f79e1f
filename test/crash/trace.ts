import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/** One system call: the lines of the trace on which it begins and ends. */
export interface SystemCall {
  readonly text: string
  readonly begins: number
  readonly ends: number
  /** What it returned. */
  readonly result: string
}

/** What `strace -f -o` wrote of a process that has ended. Calls that others cut into are put together again. */
export async function readTrace(file: string): Promise<SystemCall[]> {
  // The tracer ends a little after the traced: its last line is about the process, which comes first.
  for (;;) {
    const text = readFileSync(file, 'utf8')
    const [process] = text.split(' ', 1)
    if (new RegExp(`^${process} +\\+\\+\\+ exited`, 'm').test(text)) return parseTrace(text)
    await setTimeout(10)
  }
}

function parseTrace(text: string): SystemCall[] {
  const calls: SystemCall[] = []
  const unfinished = new Map<string, { text: string; begins: number }>()
  for (const [line, content] of text.split('\n').entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(content) ?? []
    const resumed = /^<\.\.\. \w+ resumed>/.exec(rest)
    const begun = resumed ? unfinished.get(thread) : undefined
    if (rest.endsWith('<unfinished ...>')) unfinished.set(thread, { text: rest, begins: line })
    else if (/\) += /.test(rest)) {
      const result = rest.slice(rest.lastIndexOf(' = ') + 3)
      calls.push({ text: begun ? begun.text + rest : rest, begins: begun?.begins ?? line, ends: line, result })
    }
  }
  return calls
}
