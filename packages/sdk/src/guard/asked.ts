/** A request, as far as a guard looks at it. Header names are in lower case. */
export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** Scheme and host that it was sent to, like `https://portal.example.org`. */
  readonly origin: string | undefined
  readonly ip: string | undefined
  /** What the cookie of a browser that is signed in holds. */
  readonly session?: BrowserSession | undefined
  header(name: string): string | undefined
}

/** The tokens of somebody with a browser. */
export interface BrowserSession {
  readonly token: string
  /** Speaks for a second factor. */
  readonly sessionToken?: string | undefined
}
