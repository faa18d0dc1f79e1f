import assert from 'node:assert/strict'
import { on, once } from 'node:events'
import { Agent as PlainAgent, request as requestPlain } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Certificate, certificateMaker } from '../../../../test/certificate.ts'
import { openTlsDoor, type TlsDoorOptions } from './tls-door.ts'

interface Answer {
  readonly text: string
  readonly socket: TLSSocket
}

/** A listening server that answers with whether the request came over TLS, and with how much came. */
async function serverOf(t: TestContext, pair: Certificate, given: Partial<TlsDoorOptions> = {}) {
  const door = openTlsDoor({ pair, minVersion: 'TLSv1.3', waitMs: 5000, ...given })
  const server = door.makeServer({ headersTimeout: 300, connectionsCheckingInterval: 50 }, (request, response) => {
    const isSecure = 'encrypted' in request.socket
    let length = 0
    request.on('data', (chunk: Buffer) => (length += chunk.length))
    request.on('end', () => response.end(`${isSecure ? 'TLS' : 'plain'} ${length}`))
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  t.after(() => {
    server.closeAllConnections()
    door.dismissSilent()
    server.close()
  })
  const ask = (send: typeof request, options: RequestOptions, body: string) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = send({ host: '127.0.0.1', port, method: 'POST', ca: pair.cert, agent: false, ...options })
      sent.on('error', reject)
      sent.on('response', (response) => {
        const socket = response.socket as TLSSocket
        response.toArray().then((chunks) => resolve({ text: Buffer.concat(chunks).toString(), socket }), reject)
      })
      sent.end(body)
    })
  return {
    server,
    door,
    port,
    askTls: (options: RequestOptions = {}, body = '') => ask(request, options, body),
    askPlain: (options: RequestOptions = {}, body = '') => ask(requestPlain, options, body),
  }
}

const large = 'x'.repeat(300_000)

test('one port answers over TLS and in plain HTTP, and knows which is which', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const { askTls, askPlain } = await serverOf(t, make('door'))
  const agents = [new Agent({ keepAlive: true }), new PlainAgent({ keepAlive: true })] as const
  for (const body of ['', '{}', large]) {
    assert.equal((await askTls({}, body)).text, `TLS ${body.length}`)
    assert.equal((await askPlain({}, body)).text, `plain ${body.length}`)
    assert.equal((await askTls({ agent: agents[0] }, body)).text, `TLS ${body.length}`)
    assert.equal((await askPlain({ agent: agents[1] as Agent }, body)).text, `plain ${body.length}`)
  }
  for (const agent of agents) agent.destroy()
})

test('bytes may come one by one', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const { port } = await serverOf(t, make('door'))
  const socket = connect(port, '127.0.0.1').setNoDelay()
  for (const byte of 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n') {
    await new Promise((resolve) => socket.write(byte, resolve))
  }
  assert.match(Buffer.concat(await socket.toArray()).toString(), /^HTTP\/1\.1 200 OK[\s\S]*plain 0/)
})

test('TLS 1.3 alone is spoken, and 1.2 where it is set, with forward secrecy', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const pair = make('door')
  const strict = await serverOf(t, pair)
  assert.equal((await strict.askTls()).socket.getProtocol(), 'TLSv1.3')
  await assert.rejects(strict.askTls({ maxVersion: 'TLSv1.2' }), /alert protocol version/)
  const lenient = await serverOf(t, pair, { minVersion: 'TLSv1.2' })
  assert.equal((await lenient.askTls()).socket.getProtocol(), 'TLSv1.3')
  const { socket } = await lenient.askTls({ maxVersion: 'TLSv1.2' })
  assert.deepEqual([socket.getProtocol(), socket.getCipher().name], ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'])
  assert.match(String((socket.getEphemeralKeyInfo() as { type?: string }).type), /^ECDH$/)
  for (const ciphers of ['AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384']) {
    await assert.rejects(lenient.askTls({ maxVersion: 'TLSv1.2', ciphers }), /handshake failure|no ciphers/, ciphers)
  }
  for (const version of ['TLSv1.1', 'TLSv1'] as const) {
    const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }
    await assert.rejects(lenient.askTls(old), /protocol version|ECONNRESET|unsupported/, version)
  }
})

test('a new certificate is shown to those who connect, and connections that are open go on', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const [first, second] = [make('first'), make('second')]
  const { door, askTls } = await serverOf(t, first)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const nameOf = ({ socket }: Answer) => socket.getPeerCertificate().subject.CN
  const before = await askTls({ agent })
  assert.equal(nameOf(before), 'first')
  door.change(second)
  const after = await askTls({ agent })
  assert.equal(after.socket, before.socket)
  const anew = { ca: second.cert }
  assert.equal(nameOf(await askTls(anew)), 'second')
  // A pair that does not fit changes nothing.
  assert.throws(() => door.change({ cert: first.cert, key: second.key }), /key values mismatch/)
  assert.equal(nameOf(await askTls(anew)), 'second')
  assert.equal((await askTls({ agent })).socket, before.socket)
})

test('nobody may be silent for long, before the first byte, in the handshake or in the headers', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const { port, askTls } = await serverOf(t, make('door'), { waitMs: 100 })
  const hello = Buffer.from([0x16, 3, 1, 2, 0])
  for (const begun of ['', hello, 'GET / HT']) {
    const socket = connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .resume()
    if (begun !== '') socket.write(begun)
    await once(socket, 'close')
  }
  const slow = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    .on('error', () => undefined)
    .resume()
  await once(slow, 'secureConnect')
  slow.write('GET / HT')
  await once(slow, 'close')
  assert.equal((await askTls()).text, 'TLS 0')
})

test('callers who hang up, or speak nonsense, disturb nobody', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const { port, askTls } = await serverOf(t, make('door'))
  for (const said of [
    '',
    '\u0016',
    '\u0016\u0003\u0001\u0000\u0005nonsense',
    '\u0000\u0000\u0000\u0000',
    'nonsense\r\n\r\n',
  ]) {
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const socket = connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .resume()
      await once(socket, 'connect')
      if (said) await new Promise((resolve) => socket.write(said, 'latin1', resolve))
      socket[leave]()
      await once(socket, 'close')
    }
  }
  assert.equal((await askTls()).text, 'TLS 0')
})

test('a server that stops sends away those who never spoke', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const { server, door, port } = await serverOf(t, make('door'), { waitMs: 60_000 })
  const arrivals = on(server, 'connection')
  const sockets = Array.from({ length: 3 }, () =>
    connect(port, '127.0.0.1')
      .on('error', () => undefined)
      .resume(),
  )
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  // Each is known to the server when it has been accepted.
  for (let seen = 0; seen < sockets.length; seen++) await arrivals.next()
  const closed = once(server, 'close')
  server.close()
  door.dismissSilent()
  await closed
})
