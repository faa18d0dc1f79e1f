import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as requestPlain } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { signatureSchemes } from '@gatehouse/contract/signature-scheme'
import { createGatehouse, isGatehouseError } from '@gatehouse/sdk'
import { createClient } from '@gatehouse/server/clients/create-client'
import { parseConfig } from '@gatehouse/server/config'
import { startServer } from '@gatehouse/server/main'
import { operatorContext } from '@gatehouse/server/operator-context'
import { type Certificate, certificateMaker } from './certificate.ts'
import { findFreePort } from './crash/server-process.ts'
import { judge } from './judge.ts'

const program = 'nginx'

/** The sample of the operator's page, with ports and files of ours. */
function sampleFor(pair: Certificate, ports: { server: number; tls: number; plain: number }): string {
  const page = readFileSync(join(import.meta.dirname, '../docs/operate.md'), 'utf8')
  const sample = /```nginx\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const ours = {
    '127.0.0.1:4100': `127.0.0.1:${ports.server}`,
    'listen 443 ssl': `listen 127.0.0.1:${ports.tls} ssl`,
    'listen 80': `listen 127.0.0.1:${ports.plain}`,
    '/etc/ssl/auth.example.com.crt': pair.certFile,
    '/etc/ssl/private/auth.example.com.key': pair.keyFile,
  }
  return Object.entries(ours).reduce((text, [theirs, mine]) => {
    assert.ok(text.includes(theirs), `the sample has no ${theirs}`)
    return text.replace(theirs, mine)
  }, sample)
}

/** Starts nginx in the foreground and waits until it listens. */
async function startNginx(t: TestContext, folder: string, sample: string, port: number): Promise<void> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const http = `http {\naccess_log off;\n${temporary.join('\n')}\n${sample}\n}`
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, `daemon off;\npid ${folder}/nginx.pid;\nerror_log stderr;\nevents {}\n${http}\n`)
  const nginx = spawn(program, ['-p', folder, '-c', file, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  nginx.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = once(nginx, 'close')
  t.after(async () => {
    nginx.kill('SIGTERM')
    await ended
  })
  while (nginx.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const listens = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (listens) return
  }
  assert.fail(`nginx did not start: ${said}`)
}

/** `fetch` from a certain address of this machine, trusting a certain certificate. */
function fetchFrom(
  localAddress: string,
  { cert }: Certificate,
  added: Readonly<Record<string, string>> = {},
): typeof fetch {
  return (input, init) =>
    new Promise((resolve, reject) => {
      const url = new URL(String(input))
      const headers = { ...Object.fromEntries(new Headers(init?.headers)), ...added }
      const options = { localAddress, agent: false, method: init?.method ?? 'GET', headers }
      const sent = url.protocol === 'https:' ? request(url, { ...options, ca: cert }) : requestPlain(url, options)
      sent.on('error', reject)
      sent.on('response', (response) => {
        const { statusCode: status = 0, headers } = response
        const given = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)])
        response
          .toArray()
          .then((chunks) => resolve(new Response(Buffer.concat(chunks), { status, headers: given })), reject)
      })
      sent.end(init?.body)
    })
}

test('025 the nginx of the operator’s page tells who calls, whatever the caller wrote, and that it came over HTTPS', async (t) => {
  const { missing } = judge(program, 'nginx')
  if (missing) return t.diagnostic(`not checked: the nginx sample (${missing})`)
  const make = certificateMaker(t)
  if (!make) return
  const pair = make('localhost')
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nginx-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const ports = { server: await findFreePort(), tls: await findFreePort(), plain: await findFreePort() }
  const parsed = parseConfig({
    GATEHOUSE_PORT: String(ports.server),
    GATEHOUSE_DATA_DIR: join(folder, 'data'),
    GATEHOUSE_PUBLIC_URL: 'https://auth.example.com',
    GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1',
  })
  assert.ok(parsed.ok)
  const server = await startServer(parsed.config, 'production')
  t.after(() => server.stop())
  await startNginx(t, folder, sampleFor(pair, ports), ports.tls)
  const { parts } = server
  const slug = 'portal'
  const made = await createClient(operatorContext(parts), parts.keys, {
    ...{ tenant: 'default', slug, name: 'Portal', allow: ['127.0.0.7'], limits: {}, numericSub: false },
    ...{ scopes: ['users:write', 'users:read', 'audit:read'], schemes: signatureSchemes },
  })
  assert.ok(typeof made !== 'string', String(made))
  const url = `https://localhost:${ports.tls}`
  const sdk = (fetch: typeof globalThis.fetch) =>
    createGatehouse({ url, clientId: slug, secret: made.secret, fetch, retries: { max: 0 } })

  // Signed by v2, which covers host and path: nginx has left both as they were.
  const honest = sdk(fetchFrom('127.0.0.7', pair))
  const user = await honest.users.create({ email: 'ada@example.test' })
  assert.equal((await honest.users.get({ id: user.id })).id, user.id)
  const { data } = await honest.auditEvents.listPage({ limit: 1 })
  assert.deepEqual([data[0]?.type, data[0]?.ip_address], ['user.created', '127.0.0.7'])

  const lies = ['127.0.0.7', '127.0.0.7, 127.0.0.1', '"', ''].map((field) => ({ 'x-forwarded-for': field }))
  for (const added of [{}, ...lies, { forwarded: 'for=127.0.0.7;proto=https' }, { 'x-real-ip': '127.0.0.7' }]) {
    const stranger = sdk(fetchFrom('127.0.0.8', pair, added))
    await assert.rejects(stranger.users.get({ id: user.id }), (error) => {
      assert.ok(isGatehouseError(error))
      assert.equal(error.code, 'client_not_allowed')
      assert.match(error.message, /The call came from 127\.0\.0\.8\./)
      return true
    })
  }

  const ask = fetchFrom('127.0.0.8', pair, { 'x-forwarded-proto': 'https' })
  const page = await ask(`${url}/docs`)
  assert.equal(page.status, 200)
  assert.equal(page.headers.get('strict-transport-security'), 'max-age=63072000; includeSubDomains')
  const plain = await ask(`http://localhost:${ports.plain}/docs?x=1`)
  assert.deepEqual([plain.status, plain.headers.get('location')], [308, 'https://auth.example.com/docs?x=1'])
  assert.equal((await ask(`http://localhost:${ports.plain}/v1/users`)).status, 403)
})
