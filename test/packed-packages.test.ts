import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
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
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const names = ['contract', 'sdk', 'server', 'testing']
const page = readFileSync(join(root, 'docs/testing.md'), 'utf8')

/** A project of somebody else, with the packed packages in it. What they depend on is that of the checkout: no registry is asked. */
function installPacked(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-packed-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const run = (program: string, args: readonly string[], cwd: string) =>
    execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], root)
  const packages = names.map((name) => `./${name}`)
  run(
    'npm',
    ['pack', '--offline', '--ignore-scripts', '--pack-destination', folder, ...packages],
    join(root, 'packages'),
  )

  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  for (const entry of readdirSync(join(root, 'node_modules'))) {
    if (entry !== '@gatehouse' && !entry.startsWith('.')) {
      symlinkSync(join(root, 'node_modules', entry), join(modules, entry))
    }
  }
  for (const name of names) {
    const place = join(modules, '@gatehouse', name)
    mkdirSync(place, { recursive: true })
    const [tarball = ''] = globSync(`gatehouse-${name}-*.tgz`, { cwd: folder })
    run('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', place], folder)
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  return folder
}

test('the packed packages work in a project of somebody else, types included', (t) => {
  const folder = installPacked(t)
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
  assert.equal(outputOf([join(root, 'node_modules/typescript/bin/tsc'), ...checks, ...samples]), '')

  for (const name of names) {
    const files = globSync('**', { cwd: join(folder, 'node_modules/@gatehouse', name), withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
    const strange = files.filter((file) => !/\.(js|js\.map|d\.ts)$/.test(file) || /^test-|\.test\./.test(file))
    assert.deepEqual(strange, ['package.json'], name)
  }
})
