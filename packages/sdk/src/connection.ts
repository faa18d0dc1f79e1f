import type { SignatureScheme } from '@gatehouse/contract/signature-scheme'

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
  /** How long a call may take, 10,000 unless given. */
  readonly timeoutMs?: number | undefined
  readonly fetch?: typeof fetch | undefined
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
  readonly fetch: typeof fetch
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
  if (missing.length > 0) throw new TypeError(`createGatehouse needs ${missing.join(' and ')}.`)
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
    timeoutMs: options.timeoutMs ?? 10_000,
    fetch: options.fetch ?? globalThis.fetch,
    now: options.now ?? (() => new Date()),
  }
}
