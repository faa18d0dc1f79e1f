import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const all = ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts']

/** Arguments for `node --test`: options as they are, then the files and folders that were named, or else all tests. */
export function listTests(args) {
  const isPlace = (arg) => existsSync(arg) || arg.includes('*')
  const places = args.filter(isPlace).map((arg) => (isFolder(arg) ? `${arg}/**/*.test.ts` : arg))
  return [...args.filter((arg) => !isPlace(arg)), ...(places.length > 0 ? places : all)]
}

function isFolder(path) {
  return existsSync(path) && statSync(path).isDirectory()
}

/** Tests that start processes, attack, kill or measure time. `npm test` and CI run them; a check before a commit does not. */
const slow = [
  'packages/cli/src/demo.test.ts',
  'packages/cli/src/main.test.ts',
  'packages/cli/src/users.test.ts',
  'packages/server/src/http/tls-door.test.ts',
  'packages/server/src/passwords/password-hasher.test.ts',
  'test/attacks/',
  'test/crash.test.ts',
  'test/docs-samples.test.ts',
  'test/fuzz.test.ts',
  'test/nginx.test.ts',
  'test/with-postgres.test.ts',
]

/** All other tests, as files. */
export function listQuickTests() {
  const folders = ['test', ...readdirSync('packages').map((name) => join('packages', name, 'src'))]
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => join(folder, file)))
  return files.filter((file) => file.endsWith('.test.ts') && !slow.some((one) => file.startsWith(one)))
}
