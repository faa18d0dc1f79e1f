import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Arguments for `node --test`: options as they are, then the files and folders that were named, or else all tests. */
export function listTests(args) {
  const isPlace = (arg) => existsSync(arg) || arg.includes('*')
  const places = args.filter(isPlace).map((arg) => (isFolder(arg) ? `${arg}/**/*.test.ts` : arg))
  return [...args.filter((arg) => !isPlace(arg)), ...(places.length > 0 ? places : listAllTests())]
}

function isFolder(path) {
  return existsSync(path) && statSync(path).isDirectory()
}

/** Tests that start processes, attack, kill or measure time. `npm test` and CI run them; a check before a commit does not. */
const slow = [
  'packages/cli/src/admins.test.ts',
  'packages/cli/src/alerts.test.ts',
  'packages/cli/src/audit-search.test.ts',
  'packages/cli/src/clients.test.ts',
  'packages/cli/src/collections/',
  'packages/cli/src/demo.test.ts',
  'packages/cli/src/main.test.ts',
  'packages/cli/src/policy.test.ts',
  'packages/cli/src/program.test.ts',
  'packages/cli/src/server-program.test.ts',
  'packages/cli/src/simulation/',
  'packages/cli/src/templates.test.ts',
  'packages/cli/src/tokens.test.ts',
  'packages/cli/src/users.test.ts',
  'packages/cli/src/webhooks.test.ts',
  'packages/server/src/factors/ask-question.test.ts',
  'packages/server/src/hardware-tokens/hardware-tokens.test.ts',
  'packages/server/src/http/tls-door.test.ts',
  'packages/server/src/keys/keyring.test.ts',
  'packages/server/src/log/prune-events.test.ts',
  'packages/server/src/log/read-log.job.test.ts',
  'packages/server/src/log/seal.job.test.ts',
  'packages/server/src/log/search-events.test.ts',
  'packages/server/src/log/verify-log.test.ts',
  'packages/server/src/messages/mail/smtp-channel.test.ts',
  'packages/server/src/messages/sender.test.ts',
  'packages/server/src/passwords/password-hasher.test.ts',
  'packages/server/src/storage/counters.test.ts',
  'packages/server/src/storage/open-postgres.test.ts',
  'packages/server/src/storage/open-sqlite.test.ts',
  'packages/server/src/storage/storage.test.ts',
  'packages/server/src/webhooks/deliver-webhooks.job.test.ts',
  'packages/testing/src/sign-up.test.ts',
  'test/attacks/',
  'test/browser-sessions.test.ts',
  'test/challenges.test.ts',
  'test/chromium-',
  'test/crash.test.ts',
  'test/diagnosis.test.ts',
  'test/docs-samples.test.ts',
  'test/examples.test.ts',
  'test/external-users.test.ts',
  'test/factor-life.test.ts',
  'test/fuzz.test.ts',
  'test/hosted-sign-in.test.ts',
  'test/idempotency.test.ts',
  'test/me-client.test.ts',
  'test/message-templates.test.ts',
  'test/metrics.test.ts',
  'test/middlewares.test.ts',
  'test/next.test.ts',
  'test/nginx.test.ts',
  'test/notices.test.ts',
  'test/oauth.test.ts',
  'test/packed-packages.test.ts',
  'test/sandbox.test.ts',
  'test/sent-codes.test.ts',
  'test/service-levels.test.ts',
  'test/syslog.test.ts',
  'test/testing-kit.test.ts',
  'test/web-push.test.ts',
  'test/with-postgres.test.ts',
  'test/witness.test.ts',
]

/** Tests that need a process to themselves: they measure time, memory or processor, or hook into all tests of a process. */
const alone = [
  'packages/server/src/passwords/password-hasher.test.ts',
  'packages/testing/src/start-test-server.test.ts',
  'test/attacks/b-allow-list.test.ts',
  'test/attacks/c-overload.test.ts',
  'test/attacks/c-rates.test.ts',
  'test/attacks/e-login.test.ts',
  'test/attacks/e-password-reset.test.ts',
  'test/attacks/e-registration.test.ts',
  'test/attacks/k-recovery-codes.test.ts',
  'test/attacks/s-input.test.ts',
  'test/attacks/two-processes.test.ts',
  'test/attacks/u-storage.test.ts',
  'test/crash.test.ts',
  'test/fuzz.test.ts',
  'test/judge.test.ts',
  'test/packed-packages.test.ts',
]

function listAllTests() {
  const files = listFiles()
  const shared = files.filter((file) => !isOneOf(alone, file))
  return [...files.filter((file) => isOneOf(alone, file)), ...shareProcesses(shared, 20)]
}

/** What `npm run check` runs of them. */
export function listQuickTests() {
  return shareProcesses(
    listFiles().filter((file) => !isOneOf(slow, file)),
    2,
  )
}

/**
 * Writes files that run some tests each: most take longer to start a process, and to compile what all of them need, than
 * to run.
 */
function shareProcesses(tests, processes) {
  // The runner begins with what comes first in the alphabet: what takes long and cannot be shared is not to be left for the end.
  const folder = 'tests-together'
  mkdirSync(folder, { recursive: true })
  return Array.from({ length: processes }, (_, process) => {
    const path = join(folder, `${String(process + 1).padStart(2, '0')}-of-${processes}.mjs`)
    const own = tests.filter((_, index) => index % processes === process)
    // One after the other, so that none waits for what another awaits at its top.
    writeFileSync(path, own.map((file) => `await import('${pathToFileURL(resolve(file))}')\n`).join(''))
    return path
  })
}

function listFiles() {
  const folders = ['test', ...readdirSync('packages').map((name) => join('packages', name, 'src'))]
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, file)))
  return files.filter((file) => file.endsWith('.test.ts')).toSorted()
}

function isOneOf(places, file) {
  return places.some((place) => file.startsWith(place))
}

/**
 * Arguments for `node --test` that run the cases of the attack catalogue: those tests whose titles begin with numbers of
 * it (test/attacks/catalogue.ts). With arguments, of these only the cases that are named.
 */
export function listAttacks(wanted) {
  const unknown = wanted.find((number) => !/^\d{3}$/.test(number))
  if (unknown !== undefined) throw new Error(`"${unknown}" is no number of a case. npm run attack -- 066 198 runs two.`)
  const titles = wanted.length > 0 ? `^(\\d{3}[ ,:]+)*(${wanted.join('|')})[ ,:]` : '^\\d{3}[ ,:]'
  const files = readdirSync('test', { recursive: true }).map((file) => join('test', file))
  const numbered = files.filter(
    (file) => file.endsWith('.test.ts') && /\(\s*['"`]\d{3}[ ,:]/.test(readFileSync(file, 'utf8')),
  )
  return [`--test-name-pattern=${titles}`, ...numbered]
}
