import type { SignatureScheme } from '@gatehouse/contract/signature-scheme'
import type { Retries } from './retry.ts'

/** How an application reaches its Gatehouse. */
export interface GatehouseOptions {
  /** Where the server is. Without it: GATEHOUSE_URL. */
  readonly url?: string | undefined
  /** The slug of the client application, like `customer-portal`. Without it: GATEHOUSE_CLIENT_ID. */
  readonly clientId?: string | undefined
  /** Without it: GATEHOUSE_CLIENT_SECRET. */
  readonly secret?: string | undefined
  /**
   * How calls are signed: `v2` unless given, which covers the whole of a request. `v1` covers the time and the body, and gets
   * through a proxy that changes the path or the name of the host.
   */
  readonly scheme?: Exclude<SignatureScheme, 'rfc9421'> | undefined
  /** How long one try of a call may take: 10,000 unless given, 30,000 at most. */
  readonly timeoutMs?: number | undefined
  /** How calls that failed are made again; `{ max: 0 }` leaves it to you. */
  readonly retries?: Partial<Retries> | undefined
  /** How many calls may be under way at once: 100 unless given, 1000 at most. Further ones wait for their turn. */
  readonly connections?: number | undefined
  readonly fetch?: typeof fetch | undefined
  /** How the time between two tries passes. */
  readonly wait?: ((ms: number) => Promise<void>) | undefined
  /** From 0 to 1, as `Math.random`: no two callers come back in the same moment. */
  readonly chance?: (() => number) | undefined
  /** The clock that signatures go by. */
  readonly now?: (() => Date) | undefined
}

/** All that a call needs, complete. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string
  readonly clientId: string
  readonly secret: string
  readonly scheme: Exclude<SignatureScheme, 'rfc9421'>
  readonly timeoutMs: number
  readonly retries: Retries
  readonly connections: number
  readonly fetch: typeof fetch
  readonly wait: (ms: number) => Promise<void>
  readonly chance: () => number
  readonly now: () => Date
}

/**
 * The options, with what is missing taken from the environment, where there is one.
 * @throws TypeError, naming all that is still missing
 */
export function connectionOf(
  options: GatehouseOptions,
  env: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {},
): Connection {
  const url = options.url ?? env['GATEHOUSE_URL'] ?? ''
  const clientId = options.clientId ?? env['GATEHOUSE_CLIENT_ID'] ?? ''
  const secret = options.secret ?? env['GATEHOUSE_CLIENT_SECRET'] ?? ''
  const missing = [
    ...(url ? [] : ['url (or GATEHOUSE_URL)']),
    ...(clientId ? [] : ['clientId (or GATEHOUSE_CLIENT_ID)']),
    ...(secret ? [] : ['secret (or GATEHOUSE_CLIENT_SECRET)']),
  ]
  if (missing.length > 0)
    throw new TypeError(
      `createGatehouse needs ${missing.join(' and ')}. "gatehouse clients create" gives a client its id and secret.`,
    )
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new TypeError(
      `createGatehouse cannot reach ${JSON.stringify(url)}; url has the form https://gatehouse.example.`,
    )
  }
  return {
    url: url.replace(/\/+$/, ''),
    clientId,
    secret,
    scheme: options.scheme ?? 'v2',
    timeoutMs: within('timeoutMs', options.timeoutMs, { usual: 10_000, least: 1, most: 30_000 }),
    retries: {
      max: within('retries.max', options.retries?.max, { usual: 3, least: 0, most: 3 }),
      firstDelayMs: within('retries.firstDelayMs', options.retries?.firstDelayMs, {
        usual: 1000,
        least: 0,
        most: 30_000,
      }),
      windowMs: within('retries.windowMs', options.retries?.windowMs, { usual: 900_000, least: 0, most: 14_400_000 }),
    },
    connections: within('connections', options.connections, { usual: 100, least: 1, most: 1000 }),
    fetch: options.fetch ?? globalThis.fetch,
    now: options.now ?? (() => new Date()),
    wait: options.wait ?? ((ms) => new Promise((resolve) => setTimeout(resolve, ms))),
    chance: options.chance ?? Math.random,
  }
}

interface Bounds {
  readonly usual: number
  readonly least: number
  readonly most: number
}

function within(name: string, given: number | undefined, { usual, least, most }: Bounds): number {
  const value = given ?? usual
  if (value >= least && value <= most) return value
  throw new TypeError(`createGatehouse takes ${name} from ${least} to ${most}; it is ${value}.`)
}
