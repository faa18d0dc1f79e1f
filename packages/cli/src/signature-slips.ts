import { createHash, createHmac } from 'node:crypto'
import { type Draft, linesOfV2 } from './signature-draft.ts'

/** Something that people do in place of what the scheme says. */
export interface Slip {
  readonly part: keyof Draft
  /** In a sentence. */
  readonly said: string
  readonly change: (draft: Draft) => Partial<Draft>
}

type Rewrite<Value> = readonly [said: string, rewrite: (value: string) => Value]

const twice = 'The body was encoded twice: what was signed'

const keys: readonly Rewrite<string | Buffer>[] = [
  ['The secret had a line feed at its end.', (secret) => `${secret}\n`],
  ['The secret had a space at its end.', (secret) => `${secret} `],
  ['The secret had quotation marks around it.', (secret) => `"${secret}"`],
  ['The secret was used without its beginning, gh_live_ or gh_test_.', (secret) => secret.replace(/^gh_[a-z]+_/, '')],
  ['The secret was decoded from base64; its text is the key.', (secret) => Buffer.from(secret, 'base64')],
  ['The secret was decoded from hex; its text is the key.', (secret) => Buffer.from(secret, 'hex')],
  ['The secret was hashed; its text is the key.', (secret) => createHash('sha256').update(secret).digest()],
  ['The secret was empty.', () => ''],
]

const macs: readonly (readonly [string, Draft['mac']])[] = [
  ['The HMAC was made with SHA-1.', (key, text) => createHmac('sha1', key).update(text).digest()],
  ['The HMAC was made with SHA-512.', (key, text) => createHmac('sha512', key).update(text).digest()],
  ['Secret and text changed places.', (key, text) => createHmac('sha256', text).update(key).digest()],
  [
    'Secret and text were hashed one after the other; that is no HMAC.',
    (key, text) => createHash('sha256').update(key).update(text).digest(),
  ],
]

const timestamps: readonly Rewrite<string>[] = [
  ['The timestamp was signed in milliseconds.', (seconds) => `${seconds}000`],
  ['The timestamp was signed with a fraction.', (seconds) => `${seconds}.0`],
  ['The timestamp was signed as a date (ISO 8601).', (seconds) => isoDate(seconds)],
  ['The timestamp was signed as a date (ISO 8601).', (seconds) => isoDate(seconds).replace('.000', '')],
  ['The timestamp was signed as a date (HTTP).', (seconds) => new Date(Number(seconds) * 1000).toUTCString()],
  ['The timestamp was empty when it was signed.', () => ''],
  ...[-3, -2, -1, 1, 2, 3].map(
    (off): Rewrite<string> => [
      `The clock was read twice: what was signed is ${Math.abs(off)} s ${off < 0 ? 'before' : 'after'} X-Timestamp.`,
      (seconds) => String(Number(seconds) + off),
    ],
  ),
]

const bodies: readonly Rewrite<string | Buffer>[] = [
  ['The body was signed with a line feed at its end and sent without.', (text) => `${text}\n`],
  ['The body was signed without the line feed at its end.', (text) => text.replace(/\r?\n$/, '')],
  ['The body was signed without the white space around it.', (text) => text.trim()],
  ['The body was signed with CR LF at the ends of its lines.', (text) => text.replace(/\r?\n/g, '\r\n')],
  ['The body was signed with LF at the ends of its lines.', (text) => text.replaceAll('\r\n', '\n')],
  ['The body was signed with a byte order mark.', (text) => `\uFEFF${text}`],
  ['The body was signed without its byte order mark.', (text) => text.replace(/^\uFEFF/, '')],
  ['The body was signed in Latin-1 and sent in UTF-8.', (text) => Buffer.from(text, 'latin1')],
  ['The body was signed in UTF-16 and sent in UTF-8.', (text) => Buffer.from(text, 'utf16le')],
  ['The body was empty when it was signed.', () => ''],
  ['The body was {} when it was signed.', () => '{}'],
  ['The body was signed as a JSON string.', (text) => JSON.stringify(text)],
  [`${twice} has no white space.`, (text) => rewriteJson(text, (value) => JSON.stringify(value))],
  [`${twice} is indented.`, (text) => rewriteJson(text, (value) => JSON.stringify(value, null, 2))],
  [`${twice} is indented.`, (text) => rewriteJson(text, (value) => JSON.stringify(value, null, 4))],
  [`${twice} has a space after commas and colons.`, (text) => rewriteJson(text, spaced)],
  [`${twice} has \\u escapes.`, (text) => escaped(text)],
  [`${twice} has no \\u escapes.`, (text) => rewriteJson(text, (value) => JSON.stringify(value))],
  [`${twice} has \\/ for /.`, (text) => slashed(text)],
  [`${twice} has / for \\/.`, (text) => text.replaceAll('\\/', '/')],
  [`${twice} has \\u escapes and \\/ for /, as PHP writes it.`, (text) => slashed(escaped(text))],
  [`${twice} has \\u escapes and spaces, as Python writes it.`, (text) => escaped(rewriteJson(text, spaced))],
  [
    `${twice} has its names in alphabetical order.`,
    (text) => rewriteJson(text, (value) => JSON.stringify(sorted(value))),
  ],
]

const hosts: readonly Rewrite<string>[] = [
  ['The host was signed without its port.', (host) => host.replace(/:\d+$/, '')],
  ['The host was signed with a port that Host does not have.', (host) => `${host}:443`],
  ['The host was signed with a port that Host does not have.', (host) => `${host}:80`],
  ['The host was signed with a port that Host does not have.', (host) => `${host}:4100`],
  ['The host was signed with https:// in front.', (host) => `https://${host}`],
  ['The host was signed with http:// in front.', (host) => `http://${host}`],
  ['The host was empty when it was signed.', () => ''],
]

const paths: readonly Rewrite<string>[] = [
  ['The path was signed without the query.', (path) => path.replace(/\?.*/s, '')],
  ['The path was signed with a question mark and no query.', (path) => `${path}?`],
  ['The path was signed with a slash at its end.', (path) => path.replace(/(?<!\/)(?=\?|$)/, '/')],
  ['The path was signed without the slash at its end.', (path) => path.replace(/\/(?=\?|$)/, '')],
  ['The path was signed decoded; it counts as it stands in the request line.', (path) => decoded(path)],
  ['The query was signed with its parameters in another order.', (path) => ordered(path)],
  ['The query was signed with + for %20.', (path) => path.replaceAll('%20', '+')],
  ['The query was signed with %20 for +.', (path) => path.replaceAll('+', '%20')],
  ['The path was signed without /v1.', (path) => path.replace(/^\/v1/, '')],
  ['The path was empty when it was signed.', () => ''],
]

/** What goes wrong with the secret, and with the HMAC. */
const ofSecret: readonly Slip[] = [
  ...keys.map(([said, of]): Slip => ({ part: 'key', said, change: ({ key }) => ({ key: of(String(key)) }) })),
  { part: 'key', said: 'The client id was used as the secret.', change: ({ clientId }) => ({ key: clientId }) },
  ...macs.map(([said, mac]): Slip => ({ part: 'mac', said, change: () => ({ mac }) })),
]

const shared: readonly Slip[] = [
  ...ofSecret,
  ...timestamps.map(
    ([said, of]): Slip => ({ part: 'timestamp', said, change: (draft) => ({ timestamp: of(draft.timestamp) }) }),
  ),
  ...bodies.map(
    ([said, of]): Slip => ({ part: 'body', said, change: ({ body }) => ({ body: Buffer.from(of(body.toString())) }) }),
  ),
]

/** What goes wrong with where a request goes. */
const ofTarget: readonly Slip[] = [
  ...hosts.map(([said, of]): Slip => ({ part: 'host', said, change: ({ host }) => ({ host: of(host) }) })),
  ...paths.map(([said, of]): Slip => ({ part: 'path', said, change: ({ path }) => ({ path: of(path) }) })),
  ...['GET', 'POST', 'PUT', 'PATCH', 'DELETE', ''].map(
    (method): Slip => ({
      part: 'method',
      said: `The method that was signed is ${method || 'empty'}.`,
      change: () => ({ method }),
    }),
  ),
  {
    part: 'method',
    said: 'The method was signed in lower case.',
    change: ({ method }) => ({ method: method.toLowerCase() }),
  },
]

/** What goes wrong with the classic scheme. */
export const slipsOfV1: readonly Slip[] = [
  ...shared,
  ...spellings('sha256='),
  separator('', 'The full stop between timestamp and body is missing.'),
  separator('\n', 'Between timestamp and body stands a line feed in place of a full stop.'),
  separator(':', 'Between timestamp and body stands a colon in place of a full stop.'),
  separator(' ', 'Between timestamp and body stands a space in place of a full stop.'),
  text('Only the body was signed, without the timestamp.', ({ body }) => [body]),
  text('The body was signed before the timestamp.', ({ timestamp, body }) => [body, timestamp]),
  text('The client id was signed too.', ({ clientId, timestamp, body }) => [clientId, timestamp, body]),
  text('A hash of the body was signed in its place.', ({ timestamp, body, bodyHash }) => [timestamp, bodyHash(body)]),
]

/** What goes wrong with message signatures (RFC 9421). */
export const slipsOfMessage: readonly Slip[] = [
  ...ofSecret,
  ...ofTarget,
  separator('\r\n', 'The lines were joined by CR LF; it is LF.'),
  separator('', 'The lines were joined without anything between them; it is a line feed.'),
  lines('There is a line feed after the last line.', (all) => [...all, '']),
  lines('The last line, "@signature-params", is missing.', (all) => all.slice(0, -1)),
  line('The names of the components were signed without quotation marks.', (one) => one.replace(/^"([^"]*)"/, '$1')),
  line('Between name and value stands no space.', (one) => one.replace(/^("[^"]*":) /, '$1')),
  line('"@path" was signed with the query.', (one, { path }) => one.replace(/^"@path": .*/, `"@path": ${path}`)),
  line('"@query" was signed without its question mark.', (one) => one.replace(/^("@query": )\?/, '$1')),
  line('"@query" was left out; where there is no query it is a question mark.', (one) =>
    one === '"@query": ?' ? undefined : one,
  ),
]

/** What goes wrong with v2. */
export const slipsOfV2: readonly Slip[] = [
  ...shared,
  ...spellings('v2='),
  {
    part: 'spelling',
    said: 'X-Signature must be hex in lower case.',
    change: () => ({ spelling: (mac) => `v2=${mac.toString('hex').toUpperCase()}` }),
  },
  ...ofTarget,
  { part: 'nonce', said: 'The nonce was empty when it was signed.', change: () => ({ nonce: '' }) },
  { part: 'clientId', said: 'The client id was empty when it was signed.', change: () => ({ clientId: '' }) },
  bodyHash('The body itself was signed and not its SHA-256.', (body) => body),
  bodyHash('The SHA-256 of the body was signed in upper-case hex.', (body) => hashOf(body, 'hex').toUpperCase()),
  bodyHash('The SHA-256 of the body was signed in base64.', (body) => hashOf(body, 'base64')),
  bodyHash('The hash of an empty body was left out.', (body) => (body.length > 0 ? hashOf(body, 'hex') : '')),
  separator('\r\n', 'The lines were joined by CR LF; it is LF.'),
  separator('\\n', 'The lines were joined by a backslash and an n; it is a line feed.'),
  separator('', 'The lines were joined without anything between them; it is a line feed.'),
  separator('.', 'The lines were joined by a full stop; it is a line feed.'),
  text('There is a line feed after the last line.', (draft) => [...linesOfV2(draft), '']),
  text('The first line, gatehouse-v2, is missing.', (draft) => linesOfV2(draft).slice(1)),
  text('What was signed is the text of the classic scheme.', ({ timestamp, body }) => [
    Buffer.concat([Buffer.from(`${timestamp}.`), body]),
  ]),
]

function spellings(prefix: string): readonly Slip[] {
  const spelling = (said: string, of: Draft['spelling']): Slip => ({
    part: 'spelling',
    said,
    change: () => ({ spelling: of }),
  })
  return [
    spelling(`X-Signature must begin with ${prefix}.`, (mac) => mac.toString('hex')),
    spelling('X-Signature must be hex and not base64.', (mac) => `${prefix}${mac.toString('base64')}`),
    spelling('X-Signature must be hex and not base64.', (mac) => `${prefix}${mac.toString('base64url')}`),
    spelling(`X-Signature must be ${prefix} and hex, and not base64.`, (mac) => mac.toString('base64')),
    spelling(
      'X-Signature is the base64 of the hex; it must be the hex.',
      (mac) => `${prefix}${btoa(mac.toString('hex'))}`,
    ),
  ]
}

function separator(value: string, said: string): Slip {
  return { part: 'separator', said, change: () => ({ separator: value }) }
}

function text(said: string, of: Draft['text']): Slip {
  return { part: 'text', said, change: () => ({ text: of }) }
}

function lines(said: string, of: (all: readonly string[], draft: Draft) => readonly string[]): Slip {
  const change = (before: Draft) => ({ text: (draft: Draft) => of(before.text(draft).map(String), draft) })
  return { part: 'text', said, change }
}

function line(said: string, of: (one: string, draft: Draft) => string | undefined): Slip {
  return lines(said, (all, draft) => all.flatMap((one) => of(one, draft) ?? []))
}

function bodyHash(said: string, of: Draft['bodyHash']): Slip {
  return { part: 'bodyHash', said, change: () => ({ bodyHash: of }) }
}

function hashOf(body: Buffer, encoding: 'hex' | 'base64'): string {
  return createHash('sha256').update(body).digest(encoding)
}

/** The text itself where it is no number of seconds. */
function isoDate(seconds: string): string {
  const date = new Date(Number(seconds) * 1000)
  return Number.isNaN(date.getTime()) ? seconds : date.toISOString()
}

function rewriteJson(text: string, write: (value: unknown) => string): string {
  try {
    return write(JSON.parse(text))
  } catch {
    return text
  }
}

/** With a space after commas and colons, outside of strings. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}: ${spaced(each)}`)
    .join(', ')}}`
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, each]): [string, unknown] => [name, sorted(each)])
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function escaped(text: string): string {
  return text.replace(/[\u0080-\uFFFF]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function slashed(text: string): string {
  return text.replace(/(?<!\\)\//g, '\\/')
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function ordered(path: string): string {
  const [plain, query] = path.split(/\?(.*)/s)
  return query === undefined ? path : `${plain}?${query.split('&').toSorted().join('&')}`
}
