import type { Input, Operation, Output } from '@gatehouse/contract/operation'
import type { Answer, Connection } from './connection.ts'
import { type Credentials, type SignedRequest, signRequest } from './signed-request.ts'

/** What a request is about, for those who read the journal. */
export interface About {
  /** The one-time code that it hands in, by a name that no other code has. */
  readonly code?: string
  readonly challengeId?: string
  /** The Idempotency-Key that it has: of all requests with it one is carried out. */
  readonly key?: string
  /** The session that it asks to end. */
  readonly endsSession?: string
}

/** One request as it went out, and what came back. */
export interface Entry {
  readonly requestId: string
  /** In which life of the server it was sent. */
  readonly life: number
  readonly operation: Operation
  readonly signed: SignedRequest
  readonly about: About
  /** Undefined until the answer is there, and for ever if none came. */
  answer: Answer | undefined
}

/** A request that is ready to go, once or several times. */
export type Signed = Pick<Entry, 'operation' | 'signed' | 'about'>

/** Everything that was ever sent, over all lives of the server. */
export interface Journal {
  readonly entries: readonly Entry[]
  readonly life: number
  /** Later requests go to this life. */
  begin(life: number, connection: Connection): void
  sign<O extends Operation>(operation: O, input: Input<O>, about?: About): Signed
  /** Sends these very bytes, with an id of its own. Resolves when the answer is there or will never be. */
  post(request: Signed): Promise<Entry>
  /** Resolves when the next answer is there, or is known never to come. */
  nextAnswer(): Promise<void>
  /** Signs and sends. */
  send<O extends Operation>(operation: O, input: Input<O>, about?: About): Promise<Entry>
}

export function createJournal(credentials: Credentials): Journal {
  const entries: Entry[] = []
  let life = 0
  let connection: Connection | undefined
  let signed = 0
  let next = Promise.withResolvers<void>()

  const sign: Journal['sign'] = (operation, input, about = {}) => ({
    operation,
    signed: signRequest(credentials, operation, input, `nonce-${signed++}`, about.key),
    about,
  })
  const post: Journal['post'] = async ({ operation, signed, about }) => {
    if (!connection) throw new Error('the journal has not begun')
    const requestId = `crash-${life}-${entries.length}`
    const entry: Entry = { requestId, life, operation, signed, about, answer: undefined }
    entries.push(entry)
    entry.answer = await connection.send(signed, requestId)
    next.resolve()
    next = Promise.withResolvers()
    return entry
  }

  return {
    entries,
    get life() {
      return life
    },
    begin(nextLife, nextConnection) {
      life = nextLife
      connection = nextConnection
    },
    sign,
    post,
    nextAnswer: () => next.promise,
    send: (operation, input, about) => post(sign(operation, input, about)),
  }
}

/** What the operation gave, if it was answered and not refused. */
export function outputOf<O extends Operation>(operation: O, { answer }: Entry): Output<O> | undefined {
  return answer?.status === operation.status ? (answer.body as Output<O>) : undefined
}
