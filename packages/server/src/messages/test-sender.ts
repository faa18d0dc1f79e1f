import { createSecretKey, randomBytes } from 'node:crypto'
import type { Message } from '@gatehouse/contract/messages'
import { type Context, commit } from '../context.ts'
import { openKeyring } from '../keys/keyring.ts'
import { wrappingKeys } from '../keys/wrapping-keys.ts'
import type { Storage } from '../storage/storage.ts'
import { query, type Write } from '../storage/write.ts'
import { systemContext } from '../system-context.ts'
import type { Channel, Channels, Delivery, OutgoingMessage } from './channel.ts'
import type { MessageRow } from './message.store.ts'
import { sendMessage } from './send-message.ts'
import { createSender, type Sender } from './sender.ts'

type CodeMessage = Extract<Message, { kind: 'code' }>

/** A channel that notes what it is given, and answers as it is told. */
export interface TestChannel extends Channel {
  readonly given: OutgoingMessage[]
  answer: (message: OutgoingMessage, signal: AbortSignal) => Delivery | Promise<Delivery>
}

export function testChannel(answer: TestChannel['answer'] = () => ({ taken: true })): TestChannel {
  const channel: TestChannel = {
    given: [],
    answer,
    async deliver(message, signal) {
      channel.given.push(message)
      return channel.answer(message, signal)
    },
  }
  return channel
}

const allMessages = query((db) => db.selectFrom('message').selectAll().orderBy('id'))

const keyEncryptionKey = wrappingKeys({ id: 'k1', key: createSecretKey(randomBytes(32)) })

/** An outbox on a real database, with a clock that is moved by hand. */
export interface TestHouse {
  readonly storage: Storage
  readonly failures: unknown[]
  nowMs: number
  context(): Context
  /** A sender of its own; on one database there may be more of them. */
  sender(channels: Channels, storage?: Storage): Promise<Sender>
  /** The message as writes, not committed. */
  writes(message: Message): Promise<readonly Write[]>
  send(message: Message): Promise<void>
  rows(): Promise<readonly MessageRow[]>
}

export async function testHouse(storage: Storage): Promise<TestHouse> {
  const world = { now: () => new Date(house.nowMs), random: (bytes: number) => randomBytes(bytes) }
  const keyring = () => openKeyring(storage, keyEncryptionKey, { now: world.now(), random: world.random })
  const house: TestHouse = {
    storage,
    failures: [],
    nowMs: Date.parse('2026-11-22T10:00:00Z'),
    context: () => systemContext({ storage, world }),
    sender: async (channels, other = storage) =>
      createSender({
        world,
        storage: other,
        keys: await keyring(),
        channels,
        serviceName: 'Example',
        language: 'en',
        findWords: async () => ({}),
        reportFailure: (error) => house.failures.push(error),
      }),
    writes: async (message) => sendMessage(house.context(), await keyring(), message),
    async send(message) {
      await commit(house.context(), await house.writes(message))
    },
    rows: () => storage.list(allMessages, {}),
  }
  return house
}

/** A code that lives for five minutes. */
export function codeMessage(house: TestHouse, more: Partial<CodeMessage> = {}): Message {
  return {
    kind: 'code',
    values: { code: '123456', minutes: '5' },
    channel: 'email',
    to: 'ada@example.test',
    notAfter: new Date(house.nowMs + 300_000),
    ...more,
  }
}
