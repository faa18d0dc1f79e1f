import { existsSync, statSync } from 'node:fs'

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
