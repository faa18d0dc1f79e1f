import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { overloaded, statementFailed, storageUnavailable } from './commit-faults.ts'
import type { Compiled, Compiler } from './compile.ts'
import type { CounterRecord } from './counters.ts'
import { journalRows } from './journal.ts'
import type { SqliteFile } from './sqlite-connection.ts'
import type { Committed } from './storage.ts'
import type { Write } from './write.ts'
import type { ErrorText, FromWriter, StatementText, ToWriter, UnitFailure } from './writer-protocol.ts'

/** The writer thread, seen from the main one. */
export interface WriterThread {
  /** Opens the file in the thread. If that fails, so does every commit. */
  open(file: SqliteFile, options: { readonly syncDelayMs: number }): void
  commit(writes: readonly Write[], owed: readonly CounterRecord[]): Promise<Committed>
  /** Whether a commit would succeed now. */
  isReady(): Promise<boolean>
  /** Waits for what is under way; whatever comes later is refused. */
  close(): Promise<void>
}

/** A unit that has no answer yet. */
interface Waiting {
  readonly writes: readonly Write[]
  /** How many wait for it. */
  callers: number
  readonly resolve: (committed: Committed) => void
  readonly reject: (error: Error) => void
}

const done: Committed = Object.freeze({ done: true })

const batchesAtOnce = 1

/**
 * Starts the thread, so that it is up when the file has been looked at; it touches nothing before `open`. Never more than
 * `queueLimit` callers wait for an answer.
 */
export function startWriterThread(compiler: Compiler, queueLimit: number): WriterThread {
  const entry = import.meta.url.endsWith('.ts') ? './sqlite-writer.ts' : './sqlite-writer.js'
  // What this process was started with, such as a program on its standard input, is nothing for the thread.
  const worker = new Worker(new URL(entry, import.meta.url), { name: 'storage-writer', execArgv: [] })
  const numbers = new WeakMap<Compiled, number>()
  let statementCount = 0
  /** In the order in which they were sent, which is the order of the answers. */
  const waiting: Waiting[] = []
  let callers = 0
  let batch = emptyBatch()
  /** How many units each batch has that is sent and not answered. */
  const underWay: number[] = []
  let stopped: Error | undefined
  let drained: (() => void) | undefined

  const post = (message: ToWriter) => worker.postMessage(message)

  function bind({ statement, values, guard }: Write) {
    const compiled = compiler.compile(statement)
    const parameters = compiled.bind(values)
    let number = numbers.get(compiled)
    if (number === undefined) {
      number = statementCount++
      numbers.set(compiled, number)
      batch.statements.push({ text: compiled.text, width: parameters.length })
    }
    return { code: number * 2 + (guard === 'anyNumber' ? 0 : 1), parameters }
  }

  function flush(): void {
    // One is being committed and the next one is there: what else comes goes together, as each message costs.
    if (underWay.length >= batchesAtOnce || batch.sizes.length === 0) return
    const { owed, counting: _, ...rest } = batch
    batch = emptyBatch()
    underWay.push(rest.sizes.length)
    post({ ...rest, counts: journalRows(owed) })
  }

  function answer(message: FromWriter): void {
    const units = waiting.splice(0, typeof message === 'number' ? message : message.units)
    for (const unit of units) callers -= unit.callers
    for (let answered = 0; answered < units.length; ) answered += underWay.shift() ?? units.length
    flush()
    if (typeof message === 'object' && 'unavailable' in message) {
      const fault = storageUnavailable(errorOf(message.unavailable))
      for (const unit of units) unit.reject(fault)
    } else {
      if (typeof message === 'object') {
        for (const failure of message.failures) refuse(units[failure.unit], failure)
      }
      // Those refused above take no notice.
      for (const unit of units) unit.resolve(done)
    }
    if (waiting.length === 0) drained?.()
  }

  function stop(cause: unknown): void {
    stopped ??= storageUnavailable(cause)
    for (const unit of waiting.splice(0)) unit.reject(stopped)
    callers = 0
    drained?.()
  }

  worker.on('message', answer)
  worker.on('error', stop)
  worker.on('exit', () => stop(new Error('The writer thread has ended.')))

  function commit(writes: readonly Write[], owed: readonly CounterRecord[]): Promise<Committed> {
    if (stopped) return Promise.reject(stopped)
    if (callers >= queueLimit) return Promise.reject(overloaded())
    return writes.length === 0 ? commitCounts(owed) : commitUnit(writes, owed)
  }

  async function commitUnit(writes: readonly Write[], owed: readonly CounterRecord[]): Promise<Committed> {
    // All of it, before any of it is in the batch: a mistake here must not harm the neighbours.
    const bound = writes.map(bind)
    for (const { code, parameters } of bound) {
      batch.writes.push(code)
      for (const parameter of parameters) batch.parameters.push(toSend(parameter))
    }
    batch.owed.push(...owed)
    return addUnit(writes).promise
  }

  /** No guard can refuse counts: who has nothing else to write shares one unit with the others of the batch. */
  function commitCounts(owed: readonly CounterRecord[]): Promise<Committed> {
    batch.owed.push(...owed)
    if (batch.counting) {
      callers++
      batch.counting.unit.callers++
    } else batch.counting = addUnit([])
    return batch.counting.promise
  }

  function addUnit(writes: readonly Write[]) {
    if (batch.sizes.length === 0) setImmediate(flush)
    batch.sizes.push(writes.length)
    const { promise, ...ends } = Promise.withResolvers<Committed>()
    const unit: Waiting = { writes, callers: 1, ...ends }
    waiting.push(unit)
    callers++
    return { promise, unit }
  }

  return {
    commit,
    open: (open, { syncDelayMs }) => post({ open, syncDelayMs }),
    isReady: () =>
      commit([], []).then(
        () => true,
        () => false,
      ),
    async close() {
      if (stopped) return
      const exit = once(worker, 'exit')
      stopped = storageUnavailable(new Error('The storage is closed.'))
      if (waiting.length > 0) await new Promise<void>((resolve) => (drained = resolve))
      post('close')
      await exit
    },
  }
}

function emptyBatch() {
  return {
    statements: [] as StatementText[],
    sizes: [] as number[],
    writes: [] as number[],
    parameters: [] as unknown[],
    owed: [] as CounterRecord[],
    /** The unit of all that only make counts durable. */
    counting: undefined as { readonly promise: Promise<Committed>; readonly unit: Waiting } | undefined,
  }
}

function refuse(unit: Waiting | undefined, failure: UnitFailure): void {
  if ('error' in failure) unit?.reject(statementFailed(failure.error.message, errorOf(failure.error)))
  else unit?.resolve({ done: false, failed: unit.writes[failure.failedWrite]?.guardName ?? '' })
}

/** A view is sent with all of the memory it looks into, and small buffers look into one that many share. */
function toSend(parameter: unknown): unknown {
  if (!(parameter instanceof Uint8Array) || parameter.byteLength === parameter.buffer.byteLength) return parameter
  return new Uint8Array(parameter)
}

function errorOf({ message, code }: ErrorText): Error {
  return Object.assign(new Error(message), { code })
}
