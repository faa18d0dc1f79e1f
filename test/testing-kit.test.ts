import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { judge } from './judge.ts'
import { runProgram } from './run-program.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(new URL('../docs/testing.md', import.meta.url), 'utf8')

/** The one sample of the page that is marked so. */
function sampleOf(mark: string): string {
  const found = new RegExp(`^\`\`\`ts ${mark}\n(.*?)^\`\`\`$`, 'ms').exec(page)
  return found?.[1] ?? assert.fail(`docs/testing.md has no sample ${mark}`)
}

function run(input: string): Promise<string> {
  return runProgram(process.execPath, ['--conditions=source', '--input-type=module-typescript'], { input, cwd: root })
}

test('the sample for node:test passes as it stands', async () => {
  const report = await run(sampleOf('node-test'))
  assert.match(report, /^# pass 3$|ℹ pass 3$/m)
})

test('the sample for vitest passes with stand-ins for the names of vitest', async () => {
  const standIns = `import { after as afterAll, test } from 'node:test'
import assert from 'node:assert/strict'
const expect = (actual: unknown) => ({ toBe: (expected: unknown) => assert.equal(actual, expected) })
`
  const sample = sampleOf('vitest').replace(/^import \{ afterAll, expect, test \} from 'vitest'\n/, standIns)
  assert.ok(sample.startsWith(standIns))
  assert.match(await run(sample), /^# pass 1$|ℹ pass 1$/m)
})

test('the sample about load prints no failures', async () => {
  assert.equal(await run(sampleOf('load')), '{} true\n')
})

test('the sample of the mock does what the page says', async () => {
  assert.equal(await run(sampleOf('mock')), 'admin true\n')
})

test('the sample for Playwright passes in Chromium, with stand-ins for the names of its test runner', async (t) => {
  const found = judge('chromium', 'chromium')
  if (found.missing) return t.diagnostic(`not checked: the sample for Playwright (${found.missing})`)
  const standIns = `import { chromium } from 'playwright-core'
const tests: any[] = []
const base: any = { extend: (fixtures: any) => Object.assign((name: string, body: any) => tests.push({ name, body }), { fixtures }) }
const expect = (found: any) => ({ toBeVisible: () => found.waitFor({ state: 'visible', timeout: 20_000 }) })
`
  const runner = `
const browser = await chromium.launch({ executablePath: ${JSON.stringify(found.path)}, args: ['--no-sandbox'] })
const page = await browser.newPage()
for (const { name, body } of tests) {
  await test.fixtures.site[0]({}, (site: Site) => body({ page, site }))
  console.log('passed: ' + name)
}
await browser.close()
`
  const sample = sampleOf('playwright')
    .replace(/^import .* from '@playwright\/test'\n/, standIns)
    .replace('./start-app.js', './test/start-app.ts')
    .replace('base.extend<object, { site: Site }>', 'base.extend')
  assert.equal(await run(`${sample}${runner}`), 'passed: signing in asks for a code\n')
  return undefined
})
