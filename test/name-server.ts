import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A server of names (RFC 1035) that says what a test wants. */
export interface NameServer {
  /** As GATEHOUSE_WEBHOOK_DNS takes it. */
  readonly address: string
  /** The names that were asked for, IPv4 alone. */
  readonly asked: string[]
  /** What it answers for a name, one list of addresses after the other; the last one stays. */
  say(name: string, ...answers: (readonly string[])[]): void
  close(): Promise<void>
}

const typeA = 1

/** Starts one on this machine. It knows IPv4 addresses, and no others. */
export async function startNameServer(): Promise<NameServer> {
  const known = new Map<string, (readonly string[])[]>()
  const asked: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, { address, port }) => {
    const { name, type, end } = readQuestion(query)
    const answers = known.get(name)
    if (type === typeA) asked.push(name)
    const addresses = type !== typeA ? [] : ((answers && answers.length > 1 ? answers.shift() : answers?.[0]) ?? [])
    socket.send(writeAnswer(query.subarray(0, end), addresses, answers !== undefined), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    say: (name, ...answers) => void known.set(name, answers),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}

function readQuestion(query: Buffer) {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 }
}

function writeAnswer(question: Buffer, addresses: readonly string[], isKnown: boolean): Buffer {
  const head = Buffer.from(question)
  // A response, recursion as it was asked for and available; 3 is "no such name".
  head.writeUInt16BE(0x8180 | (isKnown ? 0 : 3), 2)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt32BE(0, 8)
  const records = addresses.map((address) => {
    // The name again (a pointer to the question), type A, class IN, no time to live, four bytes.
    const record = Buffer.from([0xc0, 0x0c, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0])
    record.set(address.split('.').map(Number), 12)
    return record
  })
  return Buffer.concat([head, ...records])
}
