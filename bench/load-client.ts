import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { FromLoad, Lane, LaneResult, LoadTask, ToLoad } from './load-protocol.ts'

/**
 * The process that makes the load: it sends bytes that others have prepared and looks at no more of an answer than it
 * must. While it works it does not sleep, because a client that has to be woken charges the waking to the server. Where
 * it is told to rest it leaves its processor to the server for a moment at a time, out of which nobody can wake it.
 */
process.on('disconnect', () => process.exit())
const answer = (message: FromLoad) => process.send?.(message)
const nextMessage = () => once(process, 'message').then(([message]) => message as ToLoad)
const nothing = Buffer.alloc(0)
const nobody = new Int32Array(new SharedArrayBuffer(4))
answer('ready')

for (;;) {
  const task = (await nextMessage()) as LoadTask
  const lanes = await Promise.all(task.lanes.map(openLane))
  answer('connected')
  await nextMessage()
  answer(await run(lanes, task))
  await nextMessage()
  for (const lane of lanes) lane.hangUp()
}

interface OpenLane {
  /** Sends what is due on the connections that are free. */
  pump(now: number, start: number): void
  hasMore(): boolean
  isBusy(): boolean
  finish(start: number): LaneResult
  hangUp(): void
}

async function run(lanes: readonly OpenLane[], { forMs, restMs }: LoadTask): Promise<LaneResult[]> {
  const start = performance.now()
  const [measured] = lanes
  const turn = restMs === undefined ? spin : () => rest(restMs)
  while (performance.now() - start < forMs && measured?.hasMore()) {
    for (const lane of lanes) lane.pump(performance.now(), start)
    await turn()
  }
  while (lanes.some((lane) => lane.isBusy())) await turn()
  return lanes.map((lane) => lane.finish(start))
}

/** One round of the event loop, without waiting for anything to happen. */
function spin(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** The same, after a rest. Answers that come meanwhile wait in their sockets: to wait for them would be to be woken. */
function rest(restMs: number): Promise<void> {
  Atomics.wait(nobody, 0, 0, restMs)
  return spin()
}

async function openLane({ port, connections, requests, perSecond }: Lane): Promise<OpenLane> {
  const free: Connection[] = await Promise.all(Array.from({ length: connections }, () => openConnection(port)))
  const all = [...free]
  const latencies: number[] = []
  const statuses: number[] = []
  const samples: Record<number, string> = {}
  let retryAfters = 0
  let sent = 0
  let lastAnswerAt = 0
  let ranDry = false

  async function send(connection: Connection, request: Uint8Array): Promise<void> {
    const sentAt = performance.now()
    const { status, text } = await connection.ask(request)
    lastAnswerAt = performance.now()
    latencies.push(lastAnswerAt - sentAt)
    statuses.push(status)
    samples[status] ??= text
    if (status === 503 && /\r\nretry-after: \d/i.test(text)) retryAfters++
    free.push(connection)
  }

  return {
    pump(now, start) {
      const due = perSecond === undefined ? Number.POSITIVE_INFINITY : ((now - start) / 1000) * perSecond
      while (free.length > 0 && sent < due) {
        const request = requests[sent]
        ranDry ||= request === undefined
        // By the clock they take turns: a server hangs up on one that says nothing for long.
        const connection = request && (perSecond === undefined ? free.pop() : free.shift())
        if (!connection) return
        sent++
        void send(connection, request)
      }
    },
    hasMore: () => sent < requests.length,
    isBusy: () => free.length < connections,
    finish: (start) => ({
      elapsedMs: lastAnswerAt - start,
      latenciesMs: Float64Array.from(latencies),
      statuses: Uint16Array.from(statuses),
      retryAfters,
      samples,
      ranDry,
    }),
    hangUp() {
      for (const connection of all) connection.close()
    },
  }
}

interface Connection {
  ask(request: Uint8Array): Promise<{ readonly status: number; readonly text: string }>
  close(): void
}

async function openConnection(port: number): Promise<Connection> {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  let received: Buffer = nothing
  let asker = Promise.withResolvers<{ status: number; text: string }>()
  socket.on('data', (chunk: Buffer) => {
    const whole = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    received = whole
    const headEnd = whole.indexOf('\r\n\r\n')
    if (headEnd === -1) return
    const text = whole.toString('latin1')
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
    if (whole.length < headEnd + 4 + Number(length ?? 0)) return
    received = nothing
    asker.resolve({ status: Number(text.slice(9, 12)), text })
  })
  const fail = (error?: Error) => asker.reject(error ?? new Error('The server closed a connection under load.'))
  socket.on('error', fail)
  socket.on('close', () => fail())
  return {
    ask(request) {
      asker = Promise.withResolvers()
      if (socket.writable) socket.write(request)
      else fail()
      return asker.promise
    },
    close() {
      socket
        .off('error', fail)
        .removeAllListeners('close')
        .on('error', () => {})
      socket.destroy()
    },
  }
}
