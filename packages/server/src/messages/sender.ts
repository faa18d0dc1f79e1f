import { channelNames } from '@gatehouse/contract/messages'
import { type DeliveryTools, deliverMessage } from './deliver-message.ts'
import { listDueMessages, type MessageRow } from './message.store.ts'

/** Sends what waits in the outbox, as long as it runs. */
export interface Sender {
  start(): void
  /** Looks for messages now. */
  wake(): void
  /** Sends what is due, until nothing is. */
  flush(): Promise<void>
  /** Lets go of what is under way; it is sent by whoever starts next. */
  stop(): Promise<void>
}

/** A channel with its codes, or with its notices: neither waits for another. */
type LaneName = Pick<MessageRow, 'channel' | 'urgent'>

const inFlightAtMost = 10
const lookEveryMs = 500

export function createSender(tools: DeliveryTools): Sender {
  const lanes = channelNames.flatMap((channel) => [
    createLane(tools, { channel, urgent: 1 }),
    createLane(tools, { channel, urgent: 0 }),
  ])
  let timer: NodeJS.Timeout | undefined
  const wake = () => {
    for (const lane of lanes) void lane.look()
  }
  return {
    start() {
      timer ??= setInterval(wake, lookEveryMs).unref()
      wake()
    },
    wake,
    async flush() {
      await Promise.all(lanes.map((lane) => lane.flush()))
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(lanes.map((lane) => lane.stop()))
    },
  }
}

function createLane(tools: DeliveryTools, name: LaneName) {
  const inFlight = new Map<string, Promise<boolean>>()
  const stopping = new AbortController()
  let looking: Promise<void> | undefined
  let lookAgain = false

  function begin(row: MessageRow): void {
    const done = (works: boolean) => {
      const wasFull = inFlight.size >= inFlightAtMost
      inFlight.delete(row.id)
      // When the database fails, the next look is soon enough.
      if (works && wasFull) void look()
      return works
    }
    const delivery = deliverMessage(tools, row, stopping.signal).then(
      () => done(true),
      (error: unknown) => {
        tools.reportFailure(error, row.id)
        return done(false)
      },
    )
    inFlight.set(row.id, delivery)
  }

  async function fill(): Promise<void> {
    do {
      lookAgain = false
      if (stopping.signal.aborted || inFlight.size >= inFlightAtMost) return
      // Those that are under way may still look due: their claim is not committed yet.
      const due = await listDueMessages(tools.storage, name, tools.world.now().getTime(), inFlightAtMost)
      for (const row of due) {
        if (inFlight.size < inFlightAtMost && !inFlight.has(row.id)) begin(row)
      }
    } while (lookAgain)
  }

  function look(): Promise<void> {
    lookAgain = true
    looking ??= fill()
      .catch((error: unknown) => tools.reportFailure(error, `messages by ${name.channel}`))
      .finally(() => {
        looking = undefined
      })
    return looking
  }

  return {
    look,
    async flush() {
      await look()
      while (inFlight.size > 0) {
        const works = await Promise.all(inFlight.values())
        if (works.includes(false)) return
        await look()
      }
    },
    async stop() {
      stopping.abort()
      await looking
      await Promise.all(inFlight.values())
    },
  }
}
