import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { percentile } from './statistics.ts'

const page = Buffer.alloc(4096, 1)

/** How long it takes the disk to keep a page more of a file: half of all times, and 99 of 100, in milliseconds. */
export function measureSync(folder: string): { readonly p50Ms: number; readonly p99Ms: number } {
  const file = openSync(join(folder, 'sync'), 'w')
  const times: number[] = []
  for (let i = 0; i < 200; i++) {
    const before = performance.now()
    writeSync(file, page)
    fsyncSync(file)
    times.push(performance.now() - before)
  }
  closeSync(file)
  return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) }
}
