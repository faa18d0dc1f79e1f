import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

test('every source file that a package exports exists, and so does every command', () => {
  for (const path of globSync('packages/*/package.json', { cwd: root })) {
    const { exports = {}, bin = {} } = JSON.parse(readFileSync(join(root, path), 'utf8'))
    const sources = Object.values<{ source: string }>(exports).map((target) => target.source)
    for (const file of [...sources, ...Object.values<string>(bin)]) {
      const found = globSync(join(root, dirname(path), file))
      assert.ok(found.length > 0, `${path} names ${file}`)
    }
  }
})

test('whose data the countries of addresses are is told, as their licence asks', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'packages/server/package.json'), 'utf8'))
  const notice = readFileSync(join(root, 'NOTICE'), 'utf8')
  const data = Object.keys(dependencies).filter((name) => name.startsWith('@ip-location-db/'))
  assert.ok(data.length > 0)
  for (const words of [...data, 'Number Resource Organization', 'creativecommons.org/licenses/by/4.0']) {
    assert.ok(notice.includes(words), words)
  }
})

test('no file tells where it was made', (t) => {
  if (!existsSync(join(root, '.git'))) {
    assert.ok(!process.env['CI'], 'CI needs a git checkout')
    t.diagnostic('not checked: paths of the machine in files (this is not a git checkout)')
    return
  }
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
  const traces =
    /(?<![\w.$}-])\/(work|home\/\w+|root)\/|\/tmp\/brief|\bregistry\.\w+\.(org|com|net)\b|\bdeb\.debian\.org\b/
  const faults = list.split('\0').flatMap((path) => {
    if (path === '' || !existsSync(join(root, path))) return []
    const match = traces.exec(readFileSync(join(root, path), 'utf8'))
    return match && path !== 'test/repository.test.ts' ? [`${path}: ${match[0]}`] : []
  })
  assert.deepEqual(faults, [])
})
