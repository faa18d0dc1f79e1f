import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { certificateMaker, renew } from '../../../test/certificate.ts'
import { type Config, parseConfig } from './config.ts'
import { entranceOf, findExposure, openTls } from './open-entrance.ts'

function configOf(env: Record<string, string>): Config {
  const parsed = parseConfig(env)
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.errors.join('\n'))
  return parsed.config
}

const tls = { GATEHOUSE_TLS_CERT_FILE: 'tls.crt', GATEHOUSE_TLS_KEY_FILE: 'tls.key' }
const proxies = { GATEHOUSE_TRUSTED_PROXIES: '10.0.0.5' }

test('in production there is TLS or a trusted proxy, also on this machine, and the sentence names both ways', () => {
  for (const host of ['127.0.0.1', '::1', 'localhost', '0.0.0.0', '192.0.2.1']) {
    const refusal = findExposure(configOf({ GATEHOUSE_HOST: host }), 'production') ?? ''
    for (const word of ['TLS_CERT_FILE', 'TLS_KEY_FILE', 'TRUSTED_PROXIES']) assert.match(refusal, new RegExp(word))
    assert.equal(findExposure(configOf({ GATEHOUSE_HOST: host, ...tls }), 'production'), undefined)
    assert.equal(findExposure(configOf({ GATEHOUSE_HOST: host, ...proxies }), 'production'), undefined)
  }
})

test('in production a public address in plain HTTP is a mistake', () => {
  const config = (url: string) => configOf({ ...tls, GATEHOUSE_PUBLIC_URL: url })
  for (const url of ['http://auth.example.test', 'HTTP://auth.example.test']) {
    assert.match(findExposure(config(url), 'production') ?? '', /^GATEHOUSE_PUBLIC_URL/)
  }
  for (const url of ['https://auth.example.test', 'HTTPS://auth.example.test']) {
    assert.equal(findExposure(config(url), 'production'), undefined)
  }
})

test('nodes that share a database must be told the address that they share', () => {
  const shared = { ...tls, GATEHOUSE_DATABASE_URL: 'postgres://db.example.test/gatehouse' }
  assert.match(findExposure(configOf(shared), 'production') ?? '', /set GATEHOUSE_PUBLIC_URL/)
  const told = configOf({ ...shared, GATEHOUSE_PUBLIC_URL: 'https://auth.example.test' })
  assert.equal(findExposure(told, 'production'), undefined)
  assert.equal(findExposure(configOf({ ...shared, GATEHOUSE_HOST: '127.0.0.1' }), 'development'), undefined)
})

test('development needs none of it and stays on this machine', () => {
  for (const host of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', 'localhost']) {
    assert.equal(findExposure(configOf({ GATEHOUSE_HOST: host }), 'development'), undefined, host)
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '192.0.2.1',
    'auth.example.test',
    '127.example.test',
    'localhost.example.test',
  ]) {
    for (const env of [{}, tls, proxies]) {
      assert.match(
        findExposure(configOf({ GATEHOUSE_HOST: host, ...env }), 'development') ?? '',
        /GATEHOUSE_HOST/,
        host,
      )
    }
  }
})

test('the entrance trusts the proxies of the settings, in every spelling, and demands TLS in production alone', () => {
  const config = configOf({
    GATEHOUSE_TRUSTED_PROXIES: '10.0.0.0/8,2001:DB8:0::5',
    GATEHOUSE_FORWARDED_HEADER: 'forwarded',
  })
  const { isTrustedProxy, forwardedHeader, demandsTls } = entranceOf(config, 'production')
  assert.deepEqual(
    ['10.9.9.9', '11.0.0.1', '2001:db8::5', '2001:db8::6'].map((address) => isTrustedProxy?.(address)),
    [true, false, true, false],
  )
  assert.deepEqual([forwardedHeader, demandsTls], ['forwarded', true])
  const none = entranceOf(configOf({}), 'development')
  assert.deepEqual([none.isTrustedProxy, none.demandsTls], [undefined, false])
})

test('without TLS of its own there is no door, and files that are of no use are an error at once', async () => {
  const reports = { renewed: () => assert.fail(), failed: () => assert.fail(), exposed: () => assert.fail() }
  assert.equal(await openTls(configOf({}), reports), undefined)
  await assert.rejects(openTls(configOf(tls), reports), /tls\.crt cannot be read/)
})

test('a key that everybody on the machine can read is used, and the operator is told', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const place = make('open')
  const config = configOf({ GATEHOUSE_TLS_CERT_FILE: place.certFile, GATEHOUSE_TLS_KEY_FILE: place.keyFile })
  for (const [mode, isTold] of [
    [0o600, false],
    [0o640, false],
    [0o444, true],
    [0o644, true],
    [0o602, true],
  ] as const) {
    chmodSync(place.keyFile, mode)
    const told: string[] = []
    const reports = { renewed: () => assert.fail(), failed: () => assert.fail() }
    const opened = await openTls(config, { ...reports, exposed: (risk) => told.push(risk) })
    opened?.stop()
    assert.ok(opened)
    assert.deepEqual(
      told.map((risk) => risk.startsWith(`${place.keyFile} is open to every user of this machine.`)),
      isTold ? [true] : [],
      mode.toString(8),
    )
  }
})

test('a renewed certificate is shown to those who connect, the operator is told, and who is connected stays', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const [place, second] = [make('first'), make('second')]
  const config = configOf({ GATEHOUSE_TLS_CERT_FILE: place.certFile, GATEHOUSE_TLS_KEY_FILE: place.keyFile })
  const told: string[] = []
  const opened = await openTls(config, {
    renewed: ({ certFile, validTo }) => told.push(`renewed ${certFile} ${Number.isNaN(Date.parse(validTo))}`),
    failed: (error) => told.push(String(error)),
    exposed: (risk) => told.push(risk),
  })
  assert.ok(opened)
  t.after(opened.stop)
  const server = opened.door.makeServer({}, (_request, response) => response.end('here'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close().closeAllConnections())
  const { port } = server.address() as AddressInfo
  const enter = async () => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    return socket
  }
  const nameNow = async () => {
    const socket = await enter()
    const name = socket.getPeerCertificate().subject.CN
    socket.destroy()
    return name
  }

  const early = await enter()
  assert.equal(await nameNow(), 'first')
  writeFileSync(place.certFile, second.cert)
  await opened.reload()
  assert.equal(await nameNow(), 'first', 'half a renewal changes nothing')
  assert.match(told.pop() ?? '', /are not a certificate and its private key/)
  renew(place, second)
  await opened.reload()
  assert.equal(await nameNow(), 'second')
  assert.deepEqual(told, [`renewed ${place.certFile} false`])
  early.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  assert.match(Buffer.concat(await early.toArray()).toString(), /200 OK[\s\S]*here/)
})
