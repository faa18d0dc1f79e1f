import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import decodeQr from 'jsqr'

const program = fileURLToPath(new URL('./demo.ts', import.meta.url))

interface Ran {
  readonly code: number
  readonly output: string
  readonly complaint: string
}

/** Runs the demo in a folder of its own, knowing nothing but `env`. */
function runDemo(env: Readonly<Record<string, string>>): Promise<Ran> {
  return new Promise((resolve) => {
    const args = ['--conditions=source', program]
    execFile(process.execPath, args, { env }, (error, output, complaint) => {
      resolve({ code: Number(error?.code ?? 0), output, complaint })
    })
  })
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-demo-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A server whose clock is ahead, so that it accepts the codes of the demo also when the next step begins meanwhile. */
async function startServer(t: TestContext) {
  const server = await startTestServer({ startAt: new Date(Date.now() + 10_000) })
  t.after(() => server.stop())
  return { url: server.url, ...(await server.createClient()) }
}

/** What a camera reads from the half blocks of a terminal: dark ground, light blocks. */
function readQr(output: string): string | undefined {
  const lines = output.split('\n').filter((line) => /^ {4}[█▀▄ ]{20,}$/.test(line))
  const scale = 4
  const width = (lines[0]?.length ?? 0) * scale
  const height = lines.length * 2 * scale
  const pixels = new Uint8ClampedArray(width * height * 4).map((_, index) => {
    const pixel = Math.floor(index / 4)
    const row = Math.floor(pixel / width / scale)
    const block = lines[row >> 1]?.charAt(Math.floor((pixel % width) / scale)) ?? ' '
    return '█'.includes(block) || block === (row % 2 === 0 ? '▀' : '▄') ? 255 : index % 4 === 3 ? 255 : 0
  })
  return decodeQr.default(pixels, width, height)?.data
}

test('the demo walks the main job to its end, with credentials from the environment', async (t) => {
  const { url, slug, secret } = await startServer(t)
  const env = { GATEHOUSE_URL: url, GATEHOUSE_CLIENT_ID: slug, GATEHOUSE_CLIENT_SECRET: secret }
  const { code, output, complaint } = await runDemo(env)
  assert.equal(complaint, '')
  assert.equal(code, 0)
  for (const expected of [
    'is user number 1',
    'refused: 401 invalid_credentials',
    '10 recovery codes',
    'refused: 401 totp_code_reused',
    'active; amr pwd otp mfa, 2fa_verified true',
    'the token is now revoked',
    'is accepted; 9 are left',
    'refused: 401 recovery_code_used',
    /success {3}mfa_succeeded/,
    'All of it did what it should.',
  ]) {
    assert.match(output, typeof expected === 'string' ? new RegExp(RegExp.escape(expected)) : expected)
  }
  assert.match(readQr(output) ?? '', /^otpauth:\/\/totp\/Gatehouse:ada-.*secret=[A-Z2-7]{32}/)
  assert.ok(!output.includes(secret))
})

test('the demo takes the credentials that the server left in its data folder', async (t) => {
  const { url, slug, secret } = await startServer(t)
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'demo-client.json'), JSON.stringify({ url, client_id: slug, secret }))
  const { code, output } = await runDemo({ GATEHOUSE_DATA_DIR: folder })
  assert.equal(code, 0, output)
})

test('without a server, without credentials or with wrong ones the demo says so in one line and fails', async (t) => {
  const { url, slug, secret } = await startServer(t)
  const cases = [
    [{ GATEHOUSE_DATA_DIR: temporaryFolder(t) }, /^demo: there is no .*demo-client\.json\. Run npm start, .*\n$/],
    [
      { GATEHOUSE_URL: 'http://127.0.0.1:9', GATEHOUSE_CLIENT_ID: slug, GATEHOUSE_CLIENT_SECRET: secret },
      /^demo: http:\/\/127\.0\.0\.1:9 cannot be reached: .* Start a server with npm start and try again\.\n$/,
    ],
    [
      { GATEHOUSE_URL: url, GATEHOUSE_CLIENT_ID: slug, GATEHOUSE_CLIENT_SECRET: `${secret}x` },
      /^demo: The signature does not match .*signature_invalid.*\n$/,
    ],
  ] as const
  for (const [env, expected] of cases) {
    const { code, output, complaint } = await runDemo(env)
    assert.match(complaint, expected)
    assert.equal(output, '')
    assert.equal(code, 1)
  }
})
