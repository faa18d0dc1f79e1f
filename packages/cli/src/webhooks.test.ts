import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { createGatehouse } from '@gatehouse/sdk'
import { verifyWebhook } from '@gatehouse/sdk/webhooks'
import { parseConfig } from '@gatehouse/server/config'
import { startServer } from '@gatehouse/server/main'
import { surroundings } from '../../../test/surroundings.ts'

const program = join(import.meta.dirname, '..', 'bin', 'gatehouse.mjs')

interface Arrived {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver on this machine, and what comes to it one after the other. */
async function startReceiver(t: TestContext) {
  const waiting: Arrived[] = []
  let take: (() => void) | undefined
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      response.writeHead(204).end()
      waiting.push({ headers: request.headers, body: body.toString() })
      take?.()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    async next(): Promise<Arrived> {
      for (;;) {
        const arrived = waiting.shift()
        if (arrived) return arrived
        await new Promise<void>((resolve) => {
          take = resolve
        })
      }
    },
  }
}

async function start(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-webhooks-'))
  const env = {
    ...surroundings(),
    GATEHOUSE_DATA_DIR: join(folder, 'data'),
    GATEHOUSE_WEBHOOK_NETWORKS: '127.0.0.1',
  }
  const gatehouse = (...args: string[]) => promisify(execFile)(process.execPath, [program, ...args], { env })
  const made = await gatehouse('clients', 'create', 'portal', '--allow', '127.0.0.1', '--json')
  const { slug, secret } = JSON.parse(made.stdout)
  const parsed = parseConfig({ ...env, GATEHOUSE_PORT: '0' })
  assert.ok(parsed.ok)
  const server = await startServer(parsed.config, 'development')
  t.after(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })
  return { env, gatehouse, app: createGatehouse({ url: server.url, clientId: slug, secret }) }
}

test('an endpoint is made, tried and replayed beside the running server', async (t) => {
  const { gatehouse, app } = await start(t)
  const receiver = await startReceiver(t)
  const made = await gatehouse('webhooks', 'create', `http://${receiver.address}`, '--events', 'user.created', '--json')
  const { id, secret } = JSON.parse(made.stdout)
  assert.match(id, /^whe_/)
  const { id: userId } = await app.users.create({ email: 'ada@example.org' })
  const first = await receiver.next()
  const event = await verifyWebhook(first.body, first.headers, { secret })
  assert.deepEqual([event.type, event.data['user_id']], ['user.created', userId])

  await gatehouse('webhooks', 'trigger', 'user.locked', '--endpoint', id)
  const sample = await receiver.next()
  assert.equal((await verifyWebhook(sample.body, sample.headers, { secret })).data['sample'], true)

  const listed = await gatehouse('webhooks', 'deliveries', '--endpoint', id, '--json')
  const found = JSON.parse(listed.stdout).data.find((each: { event_id: string }) => each.event_id === event.id)
  const shown = (await gatehouse('webhooks', 'deliveries', found.id)).stdout
  assert.match(shown, new RegExp(`^${found.id} to ${id} is delivered\n[^]*"${userId}"[^]*\n\\S+Z  \\d{3}  \\d+ ms\n$`))
  await gatehouse('webhooks', 'replay', found.id)
  assert.equal((await receiver.next()).headers['webhook-id'], event.id)
  const again = await gatehouse('webhooks', 'replay', '--endpoint', id, '--since', '1h', '--json')
  assert.equal(JSON.parse(again.stdout).has_more, false)

  const { stdout } = await gatehouse('webhooks', 'list')
  assert.match(stdout, new RegExp(`^${id}\tactive\thttp://${receiver.address}\tuser.created\n$`))
  await assert.rejects(gatehouse('webhooks', 'create', 'http://10.0.0.1/', '--events', '*'), /webhook_url_refused/)
  await assert.rejects(gatehouse('webhooks', 'create', 'https://example.org/', '--events', 'no.type'), /events/)
})

test('a receiver on this machine listens without an endpoint, under the same secret each time', async (t) => {
  const { env, gatehouse, app } = await start(t)
  const receiver = await startReceiver(t)
  const args = ['webhooks', 'listen', '--forward-to', receiver.address, '--events', 'user.*']
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close')
  let stdout = ''
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      if (stdout.includes('\n')) resolve()
    })
  })
  const secret = /^WEBHOOK_SECRET=(\S+)\n/.exec(stdout)?.[1] ?? assert.fail(stdout)
  const { id } = await app.users.create({ email: 'ada@example.org' })
  const { headers, body } = await receiver.next()
  const event = await verifyWebhook(body, headers, { secret })
  assert.deepEqual([event.type, event.data['user_id']], ['user.created', id])
  // A sample under the same secret, by a process of its own.
  await gatehouse('webhooks', 'trigger', 'user.locked', '--forward-to', receiver.address)
  const sample = await receiver.next()
  assert.equal((await verifyWebhook(sample.body, sample.headers, { secret })).type, 'user.locked')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
  assert.match(stdout, new RegExp(`${event.id} user.created 204\n`))
})
