import { join } from 'node:path'
import type { Cores } from './cores.ts'
import { findFreePort } from './site.ts'
import type { Workshop } from './workshop.ts'

/** The least that Fastify can be, answering. */
export interface BareRoute {
  readonly port: number
  readonly pid: number
  stop(): Promise<void>
}

/** Starts it; its answers are as long as `sample`, body and headers. */
export async function startBareRoute(workshop: Workshop, sample: string, on?: keyof Cores): Promise<BareRoute> {
  const port = await findFreePort()
  const file = join(import.meta.dirname, 'bare-server.mjs')
  const { pid, stop, readLine } = workshop.start(file, [String(port), ...shapeOf(sample)], { on })
  await readLine()
  return { port, pid, stop }
}

/** The body of an answer, and how many bytes of headers it has that a bare route has not. */
function shapeOf(sample: string): [body: string, filler: string] {
  const [head = '', body = ''] = sample.split('\r\n\r\n')
  const usual = /^(HTTP|content-type|content-length|date|connection|keep-alive)/i
  const extra = head.split('\r\n').filter((line) => !usual.test(line))
  return [body, String(extra.reduce((sum, line) => sum + line.length + 2, 0))]
}
