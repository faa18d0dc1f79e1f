/** A queue of requests and the connections that work it off. Every request is sent once. */
export interface Lane {
  readonly port: number
  readonly connections: number
  /** Whole HTTP requests, ready to be sent. */
  readonly requests: readonly Uint8Array[]
  /** Sends so many a second, whatever comes back; without it, each connection sends when it has its answer. */
  readonly perSecond?: number | undefined
}

/** One batch. It ends when the time is over or the first lane has no more requests; the other lanes end with it. */
export interface LoadTask {
  readonly lanes: readonly Lane[]
  readonly forMs: number
  /**
   * Leaves its processor to the server for so long between two looks, for what is no comparison of two servers. Times are
   * measured no closer than that, and each look takes time of its own.
   */
  readonly restMs?: number
}

/** What became of a lane. */
export interface LaneResult {
  /** From the start to the last answer. */
  readonly elapsedMs: number
  /** In the order of the answers. */
  readonly latenciesMs: Float64Array
  readonly statuses: Uint16Array
  /** Answers that carried Retry-After. */
  readonly retryAfters: number
  /** One whole answer of each status, to look into. */
  readonly samples: Readonly<Record<number, string>>
  /** It wanted to send more than it had. */
  readonly ranDry: boolean
}

/** After the last answers the connections stand until `hang up`: what it takes to close them is no part of a request. */
export type ToLoad = LoadTask | 'go' | 'hang up'
export type FromLoad = 'ready' | 'connected' | readonly LaneResult[]
