import assert from 'node:assert/strict'
import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createVerifier, type LocalVerdict, type Verifier } from '@gatehouse/sdk/verify'
import { openHouse } from './open-house.ts'
import { password, signIn } from './support.ts'

/** What a proxy does to an event stream while everything else gets through. */
const spoilers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'cuts it off': (response) => response.destroy(),
  'holds it back': () => {},
  'answers with a page of its own': (response) => response.setHeader('content-type', 'text/html').end('<p>Sorry</p>'),
  'passes on the head and nothing more': (response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
}

/** A proxy that spoils event streams, and everything from the moment that it is cut. */
async function spoilingProxy(t: TestContext, to: string, spoil: (response: ServerResponse) => void) {
  const seen = { streams: 0, answers: 0 }
  let isCut = false
  const proxy = createServer((near, response) => {
    if (isCut) return void response.destroy()
    if (near.headers.accept === 'text/event-stream') {
      seen.streams++
      return spoil(response)
    }
    seen.answers++
    const far = request(`${to}${near.url}`, { method: near.method, headers: near.headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    near.pipe(far.on('error', () => response.destroy()))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => proxy.once('listening', resolve))
  const cut = () => {
    isCut = true
    proxy.closeAllConnections()
  }
  t.after(() => {
    cut()
    proxy.close()
  })
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, seen, cut }
}

/** Asks again until the verdict is this one. */
async function becomes(verifier: Verifier, token: string, reason: string): Promise<void> {
  const signal = AbortSignal.timeout(30_000)
  for (let verdict: LocalVerdict | undefined; verdict?.active !== false || verdict.reason !== reason; ) {
    assert.ok(!signal.aborted, `the verdict is ${JSON.stringify(verdict)}`)
    await new Promise((resolve) => setImmediate(resolve))
    verdict = await verifier.verify(token)
  }
}

for (const [name, spoil] of Object.entries(spoilers)) {
  test(`120 behind a proxy that takes a stream of events and ${name}, a verifier asks instead`, async (t) => {
    const house = await openHouse(t)
    const app = await house.newApp({ localVerification: true })
    const proxy = await spoilingProxy(t, house.server.url, spoil)
    let elapsed = 0
    const verifier = createVerifier({
      url: proxy.url,
      clientId: app.slug,
      secret: app.secret,
      // The proxy has a name of its own.
      scheme: 'v1',
      now: house.server.clock.now,
      clock: () => performance.now() + elapsed,
    })
    t.after(verifier.close)
    const [kept, ended] = [
      await signIn(app, await app.createUser({ password })),
      await signIn(app, await app.createUser({ password })),
    ]
    await verifier.ready()
    assert.equal((await verifier.verify(ended)).active, true)
    await app.sdk.auth.logout({ token: ended })
    await becomes(verifier, ended, 'revoked')
    await verifier.ready()
    assert.equal((await verifier.verify(kept)).active, true)
    assert.ok(proxy.seen.streams >= 1 && proxy.seen.answers >= 3, JSON.stringify(proxy.seen))

    proxy.cut()
    elapsed += 11_000
    assert.deepEqual(await verifier.verify(kept), { active: false, reason: 'stale' })
  })
}
