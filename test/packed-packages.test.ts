import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

const root = fileURLToPath(new URL('..', import.meta.url))
const names = ['contract', 'sdk', 'server', 'testing', 'cli'] as const
type Name = (typeof names)[number]
const page = readFileSync(join(root, 'docs/testing.md'), 'utf8')

let packed = ''

/** All packages as they would be published, unpacked. */
before(() => {
  packed = mkdtempSync(join(tmpdir(), 'gatehouse-packed-'))
  run(process.execPath, [join(root, 'node_modules/typescript-7/bin/tsc'), '-b'], root)
  const packages = names.map((name) => `./${name}`)
  const args = ['pack', '--offline', '--ignore-scripts', '--pack-destination', packed, ...packages]
  run('npm', args, join(root, 'packages'))
  for (const name of names) {
    const place = join(packed, name)
    mkdirSync(place)
    const [tarball = ''] = globSync(`gatehouse-${name}-*.tgz`, { cwd: packed })
    run('tar', ['-xzf', join(packed, tarball), '--strip-components=1', '-C', place], packed)
  }
})
after(() => rmSync(packed, { recursive: true, force: true }))

function run(program: string, args: readonly string[], cwd: string): string {
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** A project of somebody else, with packed packages in it. What else it has is of the checkout: no registry is asked. */
function newProject(t: TestContext, of: readonly Name[], others: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-project-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@gatehouse'), { recursive: true })
  for (const name of others) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  // Copied and not linked: Node resolves what a link leads to from where that is.
  for (const name of of) cpSync(join(packed, name), join(modules, '@gatehouse', name), { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  return folder
}

interface Manifest {
  readonly engines: { readonly node: string }
  readonly exports?: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
}
const manifestOf = (name: Name) => JSON.parse(readFileSync(join(packed, name, 'package.json'), 'utf8')) as Manifest

test('publint finds nothing wrong with the packed packages', async () => {
  for (const name of names) {
    const { messages, pkg } = await publint({ pkgDir: join(packed, name), pack: false, strict: true })
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
      name,
    )
  }
})

/** Every Node of the path, by its major version. */
function findNodes(): ReadonlyMap<string, string> {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'))
  const nodes = [process.execPath, ...paths.filter((path) => existsSync(path))]
  return new Map(nodes.map((path) => [/^v(\d+)/.exec(run(path, ['--version'], root))?.[1] ?? '', path]))
}

const nodes = findNodes()

for (const major of ['20', '22', '24', '26']) {
  test(`the packed SDK works on Node.js ${major}, with nothing beside it but what it names`, async (t) => {
    const node = nodes.get(major)
    if (node === undefined) {
      const missing = `not checked: the SDK on Node.js ${major} (no such node is on the path)`
      if (process.env['CI']) assert.fail(missing)
      return t.diagnostic(missing)
    }
    for (const name of ['sdk', 'contract'] as const) assert.equal(manifestOf(name).engines.node, '>=20', name)
    assert.equal(await useSdk(t, node), `v${major} imported called refused guarded revoked\n`)
  })
}

/** What other runtimes are called with, where they are on the path: CI installs them from npm. */
const runtimes: Readonly<Record<string, readonly string[]>> = { bun: [], deno: ['run', '--allow-all'] }

for (const [runtime, args] of Object.entries(runtimes)) {
  test(`the packed SDK works on ${runtime}`, async (t) => {
    const folders = (process.env['PATH'] ?? '').split(delimiter)
    const path = folders.map((folder) => join(folder, runtime)).find((each) => existsSync(each))
    if (path === undefined) {
      const missing = `not checked: the SDK on ${runtime} (it is not on the path)`
      if (process.env['CI']) assert.fail(missing)
      return t.diagnostic(missing)
    }
    assert.match(await useSdk(t, path, args), /^v\d+ imported called refused guarded revoked\n$/)
  })
}

/** Runs test/use-sdk.mjs in a project of somebody else, against a server: what it says that it has come through. */
async function useSdk(t: TestContext, program: string, args: readonly string[] = []): Promise<string> {
  const own = ['sdk', 'contract'] as const
  const others = own.flatMap((name) => Object.keys(manifestOf(name).dependencies))
  const folder = newProject(
    t,
    own,
    others.filter((name) => !name.startsWith('@gatehouse/')),
  )
  const entries = Object.keys(manifestOf('sdk').exports ?? {}).map((entry) => `@gatehouse/sdk${entry.slice(1)}`)
  cpSync(join(root, 'test/use-sdk.mjs'), join(folder, 'use-sdk.mjs'))

  const server = await startTestServer()
  t.after(() => server.stop())
  const { slug, secret } = await server.createClient({ localVerification: true })
  const env = {
    GATEHOUSE_URL: server.url,
    GATEHOUSE_CLIENT_ID: slug,
    GATEHOUSE_CLIENT_SECRET: secret,
    // Where Deno keeps what it has compiled.
    HOME: folder,
  }
  const options = { cwd: folder, env, timeout: 60_000 }
  const { stdout, stderr } = await promisify(execFile)(program, [...args, 'use-sdk.mjs', ...entries], options)
  assert.equal(stderr, '')
  return stdout
}

test('the packed packages work in a project of somebody else, types included', (t) => {
  const inCheckout = readdirSync(join(root, 'node_modules')).filter((name) => !/^(\.|@gatehouse$)/.test(name))
  const folder = newProject(t, names, inCheckout)
  const samples = [...page.matchAll(/^```ts (node-test|load)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => {
    writeFileSync(join(folder, `${name}.ts`), text)
    return `${name}.ts`
  })
  assert.equal(samples.length, 2)
  const outputOf = (args: readonly string[]) => {
    const options = { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] } } as const
    try {
      return execFileSync(process.execPath, args, { ...options, stdio: 'pipe' })
    } catch (error) {
      return assert.fail(String((error as { stdout?: string }).stdout))
    }
  }
  assert.match(outputOf(['node-test.ts']), /pass 3$/m)
  assert.equal(outputOf(['load.ts']), '{} true\n')
  const checks = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--types',
    'node',
  ]
  // Run by Playwright in testing-kit.test.ts; here it is only read.
  const [, spec = ''] = /^```ts playwright\n(.*?)^```$/ms.exec(page) ?? []
  writeFileSync(join(folder, 'sample.spec.ts'), spec)
  writeFileSync(join(folder, 'start-app.ts'), 'export const startApp = async () => ({ stop: async () => undefined })\n')
  const all = [...samples, 'sample.spec.ts']
  assert.equal(outputOf([join(root, 'node_modules/typescript/bin/tsc'), ...checks, ...all]), '')

  for (const name of names) {
    const files = globSync('**', { cwd: join(packed, name), withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(relative(join(packed, name), entry.parentPath), entry.name))
    const usual = /^dist\/.*\.(js|js\.map|d\.ts)$|^src\/.*\.ts$|^bin\/.*\.mjs$/
    const strange = files.filter((file) => !usual.test(file) || /\/test-[^/]+$|\.test\./.test(file))
    assert.deepEqual(strange, ['package.json'], name)
  }
})
