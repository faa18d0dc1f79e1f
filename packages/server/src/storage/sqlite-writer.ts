// The writer thread of the SQLite engine: it alone writes. Started by writer-thread.ts.
import { parentPort, receiveMessageOnPort } from 'node:worker_threads'
import { createGroupCommit } from './group-commit.ts'
import type { Batch, ToWriter } from './writer-protocol.ts'

if (parentPort === null) throw new Error('sqlite-writer runs as a worker thread')
const port = parentPort

port.once('message', (first: ToWriter) => {
  if (typeof first !== 'object' || !('open' in first)) return port.close()
  const writer = createGroupCommit(first)
  port.on('message', (message: ToWriter) => {
    const waiting = takeAll(message)
    const batches = waiting.filter((each): each is Batch => typeof each === 'object' && 'sizes' in each)
    if (batches.length > 0) port.postMessage(writer.commit(batches))
    if (!waiting.includes('close')) return
    writer.close()
    port.close()
  })
})

/** Everything that has come in while the last commit was made. */
function takeAll(first: ToWriter): ToWriter[] {
  const all = [first]
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) all.push(next.message)
  return all
}
