import { createSocket } from 'node:dgram'

/** Seconds between 1900, where the time of the network begins, and 1970. */
const ntpEpochSeconds = 2_208_988_800
const packetBytes = 48

/**
 * The question of a simple client (RFC 4330, section 5). In place of our time it carries `nonce`, which the server sends
 * back: nobody who has not seen the question can answer it, and nobody learns what our clock shows.
 */
export function timeRequest(nonce: Uint8Array): Buffer {
  const packet = Buffer.alloc(packetBytes)
  packet[0] = 0b00_100_011 // version 4, client
  packet.set(nonce.subarray(0, 8), 40)
  return packet
}

/**
 * How many milliseconds our clock is ahead of the server's; undefined for what is no answer to the question. `sentMs` and
 * `receivedMs` are by our clock.
 */
export function readOffset(
  answer: Uint8Array,
  asked: { readonly nonce: Uint8Array; readonly sentMs: number; readonly receivedMs: number },
): number | undefined {
  const packet = Buffer.from(answer)
  if (packet.length < packetBytes) return undefined
  const mode = (packet[0] ?? 0) & 0b111
  const stratum = packet[1] ?? 0
  const isOurs = packet.subarray(24, 32).equals(Buffer.from(asked.nonce.subarray(0, 8)))
  if (mode !== 4 || stratum < 1 || stratum > 15 || !isOurs) return undefined
  const arrivedMs = timeAt(packet, 32)
  const leftMs = timeAt(packet, 40)
  return (asked.sentMs - arrivedMs + (asked.receivedMs - leftMs)) / 2
}

function timeAt(packet: Buffer, offset: number): number {
  const seconds = packet.readUInt32BE(offset)
  // From 2036 on the seconds begin anew (RFC 4330, section 3).
  const era = seconds < 2 ** 31 ? 2 ** 32 : 0
  return (seconds + era - ntpEpochSeconds) * 1000 + (packet.readUInt32BE(offset + 4) / 2 ** 32) * 1000
}

interface TimeQuestion {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  readonly nonce: Uint8Array
}

/** Asks a server of the network for the time: by how many milliseconds our clock is ahead. @throws Error when none answers */
export function askTime({ host, port, timeoutMs, nonce }: TimeQuestion): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const end = (error: Error | undefined, offset = 0) => {
      clearTimeout(timer)
      socket.removeAllListeners().on('error', () => undefined)
      socket.close()
      if (error) reject(error)
      else resolve(offset)
    }
    const timer = setTimeout(() => end(new Error(`no answer in ${timeoutMs / 1000} seconds`)), timeoutMs)
    let sentMs = 0
    socket.on('error', (error) => end(error))
    socket.on('message', (answer) => {
      const offset = readOffset(answer, { nonce, sentMs, receivedMs: Date.now() })
      if (offset !== undefined) end(undefined, offset)
    })
    socket.connect(port, host, () => {
      sentMs = Date.now()
      socket.send(timeRequest(nonce))
    })
  })
}
