import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { judge } from './judge.ts'
import { runProgram } from './run-program.ts'

const program = fileURLToPath(new URL('./php/sign-and-call.php', import.meta.url))

interface Called {
  readonly status: number
  /** The body, as PHP wrote it. */
  readonly sent: string
  readonly answer: Readonly<Record<string, unknown>>
}

async function callFromPhp(args: readonly string[], input: unknown): Promise<Called> {
  return JSON.parse(await runProgram('php', [program, ...args], { input: JSON.stringify(input) }))
}

/** Flags of json_encode, and how it then writes a name. */
const forms = [
  ['as json_encode writes them', 0, '"name":"Zo\\u00eb \\/ \\ud83d\\udd11"'],
  ['with slashes and Unicode as they are', 64 | 256, '"name":"Zoë / 🔑"'],
  ['over many lines', 128, '\n    "name": '],
] as const

for (const [name, flags, written] of forms) {
  test(`001 the classic scheme from PHP is understood, bodies ${name}`, async (t) => {
    const php = judge('php', 'php-cli')
    if (php.missing) return t.diagnostic(`not checked: a client in PHP (${php.missing})`)
    const server = await startTestServer()
    t.after(() => server.stop())
    const { slug, secret } = await server.createClient()
    const call = (path: string, input: unknown, signedBy = secret) =>
      callFromPhp([server.url, slug, signedBy, path, String(flags)], input)
    const email = 'zoe@example.test'
    const password = 'some p/ss words é🔑'

    const created = await call('/v1/users', { email, name: 'Zoë / 🔑', password })
    assert.equal(created.status, 201)
    assert.ok(created.sent.includes(written), created.sent)
    assert.equal(created.answer['name'], 'Zoë / 🔑')

    const login = await call('/v1/auth/login', { email, password })
    assert.deepEqual([login.status, login.answer['status']], [200, 'authenticated'])

    const forged = await call('/v1/auth/login', { email, password }, `${secret.slice(0, -1)}?`)
    assert.deepEqual([forged.status, forged.answer['code']], [401, 'signature_invalid'])
    return undefined
  })
}
