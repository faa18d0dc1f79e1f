import { executionAsyncResource } from 'node:async_hooks'
import { randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { IncomingMessage, Server } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { defaultPolicy, type Policy } from '@gatehouse/contract/policy'
import { pino } from 'pino'
import { createApp, createJobs } from './app.ts'
import type { Config } from './config.ts'
import type { Timers } from './jobs/job-loop.ts'
import { minuteMs } from './kernel/durations.ts'
import type { World } from './kernel/moment.ts'
import { entranceOf, findExposure, type Mode, openTls } from './open-entrance.ts'
import { type OpenParts, openParts } from './open-parts.ts'

/** A server that answers, and how to end it: what has begun is finished, nothing more is taken. */
export interface RunningServer {
  readonly parts: OpenParts
  readonly url: string
  readonly isNew: boolean
  /** Whoever has not sent the whole of a request after so long, or not taken its answer, is cut off. */
  stop(patienceMs?: number): Promise<void>
}

/** Short of the ten seconds after which others lose their own patience: Docker, and `gatehouse serve`. */
const usualPatienceMs = 7000

/** How the world reaches the server, as far as its settings tell. */
export function publicUrlOf(config: Config): string {
  return config.publicUrl ?? `${config.tls ? 'https' : 'http'}://localhost:${config.port}`
}

/** The machine's clock and its source of chance. Small requests are served from a pool: one system call for many. */
export function machineWorld(): World {
  const pool = new Uint8Array(8192)
  let used = pool.length
  return {
    now: () => new Date(),
    elapsedMs: () => performance.now(),
    random(bytes) {
      if (bytes > pool.length) return randomFillSync(new Uint8Array(bytes))
      if (used + bytes > pool.length) {
        randomFillSync(pool)
        used = 0
      }
      const taken = pool.slice(used, used + bytes)
      pool.fill(0, used, used + bytes)
      used += bytes
      return taken
    },
  }
}

const machineTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** A port that is free now. Between this and its use somebody could take it, and the start would fail and say so. */
async function findFreePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/**
 * Starts the server that the settings describe. Port 0 is whichever is free, and stands in its `url`.
 * @throws Error, one sentence for the operator
 */
export async function startServer(
  given: Config,
  mode: Mode,
  policy: Policy = { ...defaultPolicy(), loginCaptcha: given.loginCaptcha },
): Promise<RunningServer> {
  const world = machineWorld()
  const exposure = findExposure(given, mode)
  if (exposure) throw new Error(exposure)
  // Tokens name the server by its address, so the port is chosen before anything else is.
  const config = given.port === 0 ? { ...given, port: await findFreePort(given.host) } : given
  const log = pino({ name: 'gatehouse', base: null }, pino.destination({ dest: 2, sync: true }))
  const isNew = config.databaseUrl === undefined && !existsSync(config.databaseFile)
  const publicUrl = publicUrlOf(config)
  const tls = await openTls(config, {
    renewed: (about) => log.info(about, 'a renewed certificate is in use'),
    failed: (error) => log.error({ err: error }, 'the certificate cannot be renewed; the old one stays in use'),
    exposed: (risk) => log.warn(risk),
  })
  const parts = await openParts(config, {
    world,
    policy,
    exclusive: true,
    keepsMessages: mode === 'development',
    publicUrl,
    reportFailure: (error, requestId) => log.error({ err: error, request_id: requestId }, 'a request failed'),
  }).catch((error: unknown) => {
    tls?.stop()
    throw error
  })
  const jobs = await createJobs(parts, (error, job) =>
    log.error({ err: error, job }, 'a job failed; it is tried again'),
  )
  const http = createApp(parts, entranceOf(config, mode), tls?.door)
  const stop = async (patienceMs = usualPatienceMs) => {
    tls?.stop()
    const cut = setTimeout(() => http.server.closeAllConnections(), patienceMs)
    await Promise.all([http.close(), jobs.stop()])
    clearTimeout(cut)
    await parts.close()
  }
  try {
    await http.listen({ host: config.host, port: config.port })
  } catch (error) {
    await stop()
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new Error(
      `Port ${config.port} on ${config.host} is in use. Set GATEHOUSE_PORT to another one, or stop what listens there.`,
    )
  }
  jobs.start(machineTimers)
  keepTicksFast()
  giveBackMemory(http.server)
  return { parts, url: publicUrl, isNew, stop }
}

const settledMs = 3000
const keptTicks: object[] = []

/**
 * Keeps one of the objects that Node makes for each `process.nextTick`, of which a request takes four and more. When a
 * full collection finds none of them alive, their shape is forgotten; the compiled code that makes them never learns the
 * new one, and asks the runtime five times for each from then on: a tenth of what a refusal costs.
 */
function keepTicksFast(): void {
  process.nextTick(() => void keptTicks.splice(0, 1, executionAsyncResource()))
}

/**
 * A server that waits never cleans up by itself: it would keep what starting has left behind. One that is at work does,
 * and by a full collection would forget what it has just learned: a token validation would take 2 % longer. So it is
 * done soon after the start, or else in the first minute in which nothing is asked.
 */
function giveBackMemory(server: Server): void {
  let isAtWork = false
  // The first request of a while says enough: each listener more costs each request.
  const notice = ({ url }: IncomingMessage) => {
    if (!url?.startsWith('/v1/')) return
    isAtWork = true
    server.off('request', notice)
  }
  let timer: NodeJS.Timeout
  function watch(forMs: number): void {
    isAtWork = false
    server.on('request', notice)
    timer = setTimeout(() => {
      if (isAtWork) return watch(minuteMs)
      server.off('request', notice)
      globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    }, forMs).unref()
  }
  watch(settledMs)
  // A process may start and stop many: each would be kept as long as its timer.
  server.once('close', () => clearTimeout(timer))
}
