import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { test } from 'node:test'

/** Who may import whom. No row names a later one, so there are no cycles between roles. */
const mayImport: Record<string, readonly string[]> = {
  contract: ['zod'],
  kernel: ['contract', 'zod', 'node:crypto', 'node:net'],
  crypto: ['kernel', 'node:crypto'],
  migration: ['kysely'],
  seam: ['kernel', 'kysely'], // what the house sees of the storage: declarations, no engine
  storage: ['seam', 'migration', 'kernel', 'kysely', 'pg', 'better-sqlite3-multiple-ciphers', 'node:*'],
  factor: ['kernel', 'crypto', 'contract', 'zod', 'node:crypto'], // decisions only
  store: ['seam', 'kernel', 'contract'],
  context: ['seam', 'kernel'],
  operation: ['context', 'store', 'seam', 'factor', 'crypto', 'kernel', 'contract', 'zod', 'node:crypto', 'node:net'],
  job: ['operation', 'store', 'context', 'seam', 'crypto', 'kernel', 'contract'],
  http: ['operation', 'context', 'seam', 'kernel', 'contract', 'fastify', 'zod', 'node:http', 'node:net'],
  routes: ['operation', 'http', 'kernel', 'contract', 'fastify', 'zod'],
  sdk: ['contract'],
}

/** What single files may import beyond their role. */
const mayAlso: Record<string, readonly string[]> = {
  'context.ts': ['clients/client.ts', 'contract/administration.ts'], // the types of the client and the role that act
  'factors/base32.ts': ['@scure/base'],
  'factors/webauthn/attestation.ts': ['@simplewebauthn/server'], // formats of statements, loaded when they are demanded
  'factors/recovery-codes/code-text.ts': ['@scure/base'],
  'factors/push/pairing-code.ts': ['@scure/base'],
  'factors/sms/phone-number.ts': ['libphonenumber-js'],
  'factors/qr.ts': ['uqr', 'pngjs'],
  'hardware-tokens/read-xml.ts': ['saxes'],
  'http/event-streams.ts': ['node:events'], // waits until a slow reader has taken what it was sent
  'http/page-scope.ts': ['@fastify/cookie'],
  'http/flows.ts': ['node:stream'], // answers that are longer than memory
  'http/routes.ts': ['node:querystring'], // the way to each operation
  'http/tls-door.ts': ['node:crypto', 'node:https', 'node:tls'], // the server that listens, when it speaks TLS
  'keys/key-file-text.ts': ['node:fs'],
  'keys/key-file.ts': ['node:fs'], // the one secret that lives outside of the database
  'keys/sealed.store.ts': ['kysely'], // the type of a builder for tables that are known by name only
  'log/seal.store.ts': ['kysely'], // numbers rows in order, which the builder has no words for
  'log/search.store.ts': ['kysely'], // the type of a condition that each search puts together
  'log/syslog/syslog-line.ts': ['node:tls'], // the collector that the record goes to
  'messages/mail/smtp-channel.ts': ['nodemailer'],
  'messages/templates/vet-html.ts': ['saxes'],
  'metrics/listen.ts': ['node:http'], // a door of its own
  'metrics/open-metrics.ts': ['@prometheus-io/client'],
  'messages/sms/served-number.ts': ['libphonenumber-js'],
  'messages/sms/sns.ts': ['aws4fetch'],
  'outgoing/lazy-client.ts': ['undici'],
  'outgoing/stranger-line.ts': ['undici', 'node:dns'],
  'outgoing/outgoing-line.ts': ['undici', 'node:dns'],
  'outgoing/public-lookup.ts': ['node:dns'], // types of what a resolver finds
  'places/place-finder.ts': ['mmdb-lib', 'node:fs', 'node:module'], // a database that is a file, of a package or the operator
  'sdk/next.ts': ['next'], // the application's own, loaded inside of it
  'pages/swagger-assets.ts': ['node:fs', 'node:module'], // files of the package swagger-ui-dist
  'passwords/hash-child.ts': ['@node-rs/argon2'],
  'passwords/hash-process.ts': ['node:child_process', 'node:os'], // hashing never holds up the server's own thread
}

/** Where the outside world is taken hold of, to be handed on as values. */
const wiring = ['main.ts', 'app.ts', 'config.ts']

/** Where a process or thread of its own begins, which may touch `process`. */
const beginnings = [...wiring, 'passwords/hash-child.ts']

/** Text that runs in a browser, which has a clock of its own. */
const forBrowsers = ['push/device-script.ts']

/** The first that fits a path names its role. The wiring may import everything, and the free are under no rule. */
const roles: readonly (readonly [RegExp, string])[] = [
  [/^(testing|cli)\/|\.test\.ts$|(^|\/)test-[^/]+$/, 'free'],
  [/^contract\//, 'contract'],
  [/^sdk\//, 'sdk'],
  [/^((operator|system)-)?context\.ts$/, 'context'],
  [/^[^/]+$/, 'wiring'],
  [/^kernel\//, 'kernel'],
  [/^crypto\//, 'crypto'],
  [/^http\//, 'http'],
  [/^storage\/(migrations\/\d|column-types\.ts$)/, 'migration'],
  [/^storage\/(storage|write|hold-rows|old-rows|counters|schema|start-error)\.ts$/, 'seam'],
  [/^storage\//, 'storage'],
  [/^jobs\/|\.job\.ts$/, 'job'],
  [/\.store\.ts$/, 'store'],
  [/\.routes\.ts$/, 'routes'],
  [/^factors\/([^/]+\/|(factors?|base32|code-response|imported-key|otpauth-uri|qr)\.ts$)/, 'factor'],
  [/./, 'operation'],
]

/** Built into the language in other places: they reach nothing outside. */
const harmless = ['node:buffer', 'node:path', 'node:url', 'node:util']

/** What applications load in any runtime: nothing of Node. */
const portable = ['contract', 'sdk']

/** Time, chance and the process enter as arguments. */
const outsideWorld =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\b(randomBytes|randomFill\w*|randomInt|randomUUID|getRandomValues)\b/
const ownProcess = /(?<![.\w-])process\.|node:process/

const packages = join(import.meta.dirname, '..', 'packages')
/** Code without comments by short path: below packages/server/src, or with the package's name in front. */
const sources = new Map(
  globSync('*/src/**/*.ts', { cwd: packages, exclude: (path) => path.endsWith('.d.ts') }).map((path) => [
    path.replace('/src/', '/').replace(/^server\//, ''),
    readFileSync(join(packages, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|(?<![:'"])\/\/.*/g, ''),
  ]),
)

function roleOf(path: string): string {
  return roles.find(([pattern]) => pattern.test(path))?.[1] ?? ''
}

/** Short paths of our own files, and names of packages. */
function importsOf(path: string): string[] {
  const found = (sources.get(path) ?? '').matchAll(
    /^(?:import|export)\b(?:[^'";]*?\bfrom)? *'([^']+)'|\bimport\('([^']+)'/gm,
  )
  return [...found].map(([, still, dynamic]) => {
    const name = still ?? dynamic ?? ''
    if (name.startsWith('.')) return posix.join(posix.dirname(path), name)
    if (name.startsWith('@gatehouse/')) return `${name.slice(11).replace(/^server\//, '')}.ts`
    return name.startsWith('@') ? name : (name.split('/')[0] ?? name)
  })
}

/** What is wrong with the import, in words, or undefined. */
function judgeImport(path: string, imported: string): string | undefined {
  const role = roleOf(path)
  if (role === 'wiring') return undefined
  const wanted = sources.has(imported) ? roleOf(imported) : imported
  if (wanted === 'store' && role !== 'storage' && posix.dirname(path) !== posix.dirname(imported)) {
    return `${path} imports the store of another slice, ${imported}`
  }
  const allowed = [
    role,
    ...(mayImport[role] ?? []),
    ...(mayAlso[path] ?? []),
    ...(portable.includes(role) ? [] : harmless),
  ]
  if (
    allowed.includes(wanted) ||
    allowed.includes(imported) ||
    (allowed.includes('node:*') && wanted.startsWith('node:'))
  )
    return undefined
  return `${path} is ${role} and imports ${imported}${wanted === imported ? '' : `, which is ${wanted}`}`
}

const ruled = [...sources].filter(([path]) => roleOf(path) !== 'free')
const clockless = (path: string) => roleOf(path) !== 'sdk' && ![...wiring, ...forBrowsers].includes(path)

test('every file imports only what its role may import, and never the store of another slice', () => {
  const faults = ruled.flatMap(([path]) => importsOf(path).map((imported) => judgeImport(path, imported)))
  assert.deepEqual(
    faults.filter((fault) => fault !== undefined),
    [],
  )
})

test('no row of the import table names a later one', () => {
  const names = Object.keys(mayImport)
  for (const [index, name] of names.entries()) {
    for (const allowed of mayImport[name] ?? []) assert.ok(names.indexOf(allowed) < index, `${name} names ${allowed}`)
  }
})

test('no file imports itself through others', () => {
  const done = new Set<string>()
  const visit = (path: string, way: readonly string[]) => {
    assert.ok(!way.includes(path), [...way.slice(way.indexOf(path)), path].join(' → '))
    if (!done.has(path)) for (const imported of importsOf(path)) visit(imported, [...way, path])
    done.add(path)
  }
  for (const path of sources.keys()) visit(path, [])
})

test('time, chance and the process are named in the wiring only', () => {
  const faults = ruled.flatMap(([path, text]) =>
    [
      clockless(path) ? outsideWorld.exec(text) : undefined,
      beginnings.includes(path) ? undefined : ownProcess.exec(text),
    ].flatMap((match) => (match ? [`${path}: ${match[0]}`] : [])),
  )
  assert.deepEqual(faults, [])
})
