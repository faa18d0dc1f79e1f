import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createApp } from '@gatehouse/server/app'
import { parseConfig } from '@gatehouse/server/config'
import { entranceOf, type Mode } from '@gatehouse/server/open-entrance'
import { type OpenHouse, openHouse } from './open-house.ts'
import { assertProblem, assertRefused } from './support.ts'

const headers = ['x-forwarded-for', 'forwarded'] as const
type Header = (typeof headers)[number]

/** Two machines of this machine: a proxy that is trusted, and a stranger. */
const [proxy, stranger] = ['127.0.0.2', '127.0.0.1']

/** A way into the house that trusts the proxy. Resolves to its URL. */
async function openProxiedWay(t: TestContext, house: OpenHouse, header: Header, mode: Mode): Promise<string> {
  const settings = { GATEHOUSE_TRUSTED_PROXIES: `${proxy},10.0.0.0/8`, GATEHOUSE_FORWARDED_HEADER: header }
  const parsed = parseConfig(settings)
  assert.ok(parsed.ok)
  const http = createApp(house.parts, entranceOf(parsed.config, mode))
  await http.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => http.close())
  return `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`
}

/** What a proxy says that was called over HTTPS; the last hop is its caller. */
function say(header: Header, ...hops: readonly string[]): Record<string, string> {
  if (header === 'x-forwarded-for') return { [header]: hops.join(', '), 'x-forwarded-proto': 'https' }
  return { [header]: hops.map((hop) => `for="${hop.includes(':') ? `[${hop}]` : hop}";proto=https`).join(', ') }
}

for (const header of headers) {
  for (const engine of ['sqlite', 'postgres'] as const) {
    test(`025 behind a proxy the caller is the machine that the proxy names, whatever that machine wrote (${header}, ${engine})`, async (t) => {
      const house = await openHouse(t, { engine })
      const to = await openProxiedWay(t, house, header, 'production')
      const app = await house.newApp({ allow: ['192.0.2.1'] })
      const attempt = { path: '/v1/users', to, from: proxy }
      for (const hops of [
        ['192.0.2.1'],
        ['203.0.113.9', '192.0.2.1'],
        ['203.0.113.9', '192.0.2.1', '10.1.2.3', proxy],
      ]) {
        const answer = await app.send({ ...attempt, headers: say(header, ...hops) })
        assert.equal(answer.status, 200, answer.text)
      }
      const honest = await house.newApp()
      for (const hops of [
        ['192.0.2.1', '203.0.113.9'],
        ['192.0.2.1', '192.0.2.1', '203.0.113.9', '10.1.2.3'],
        ['203.0.113.9'],
      ]) {
        const sent = { ...attempt, by: app, headers: say(header, ...hops) }
        const answer = await assertRefused(honest, sent, { code: 'client_not_allowed', secrets: [app.secret] })
        assert.equal(answer.json?.['detail'], 'The call came from 203.0.113.9.')
      }
      const [event] = await house.recordOf(() =>
        app.send({ ...attempt, headers: say(header, '192.0.2.1', '203.0.113.9') }),
      )
      assert.equal(event?.ip_address, '203.0.113.9')
      // The caller's own line and the proxy's, sent as two.
      const lines = [say(header, '192.0.2.1'), say(header, '203.0.113.9')].map((said) => said[header] ?? '')
      const twice = { ...attempt, by: app, headers: { ...say(header, ''), [header]: lines } }
      await assertRefused(honest, twice, { code: 'client_not_allowed' })
      // Headers that are not the one agreed on.
      const other = header === 'forwarded' ? 'x-forwarded-for' : 'forwarded'
      const more = { ...say(other, '192.0.2.1'), ...say(header, '203.0.113.9'), 'x-real-ip': '192.0.2.1' }
      await assertRefused(honest, { ...attempt, by: app, headers: more }, { code: 'client_not_allowed' })
    })

    test(`026 what a proxy says and cannot be understood is refused, and the proxy is not taken for the caller (${header}, ${engine})`, async (t) => {
      const house = await openHouse(t, { engine })
      const to = await openProxiedWay(t, house, header, 'development')
      const honest = await house.newApp()
      const app = await house.newApp({ allow: ['any'] })
      const listed = header === 'x-forwarded-for'
      const hop = listed ? '192.0.2.1' : 'for=192.0.2.1'
      for (const said of [
        undefined,
        ...['', ',', 'a', 'unknown', '[::1]:99999', '192.0.2.1:99999', '_hidden', '010.0.0.1', '192.0.2.1.', '-', '"'],
        ...(listed
          ? ['"192.0.2.1"', 'for=192.0.2.1']
          : ['192.0.2.1', 'for=::1', 'for=a;for=b', 'for="192.0.2.1', 'by=192.0.2.1']),
        `${hop}, unknown`,
        `${hop},`,
        `${hop},,${listed ? proxy : `for=${proxy}`}`,
        `${'x'.repeat(10_240)}, ${hop}`,
        Array(200).fill(hop).join(', '),
      ]) {
        const sent = { path: '/v1/users', to, from: proxy, by: app, headers: { [header]: said } }
        const answer = await assertRefused(honest, sent, { code: 'client_not_allowed', secrets: [app.secret] })
        assert.equal(
          answer.json?.['detail'],
          `The proxy at ${proxy} did not say who calls, by ${header}.`,
          String(said),
        )
      }
    })
  }

  test(`024 who is no trusted proxy speaks for itself (${header})`, async (t) => {
    const house = await openHouse(t)
    const honest = await house.newApp()
    const app = await house.newApp({ allow: ['192.0.2.1', proxy] })
    for (const [mode, code] of [
      ['production', 'https_required'],
      ['development', 'client_not_allowed'],
    ] as const) {
      const to = await openProxiedWay(t, house, header, mode)
      for (const hops of [['192.0.2.1'], [proxy], ['192.0.2.1', proxy], []]) {
        const sent = {
          path: '/v1/users',
          to,
          from: stranger,
          by: app,
          headers: { ...say(header, ...hops), 'x-real-ip': proxy },
        }
        const answer = await assertRefused(honest, sent, { code, secrets: [app.secret] })
        assert.match(String(answer.json?.['detail']), /^The call came from 127\.0\.0\.1/)
      }
    }
  })

  test(`027 a caller is on the list in whatever spelling the proxy names it (${header})`, async (t) => {
    const house = await openHouse(t)
    const to = await openProxiedWay(t, house, header, 'production')
    for (const [allow, named, admitted] of [
      ['192.0.2.0/24', '::ffff:192.0.2.7', true],
      ['192.0.2.7', '::FFFF:c000:207', true],
      ['192.0.2.7', '192.0.2.70', false],
      ['2001:db8::/32', '2001:0DB8:0:0::7', true],
      ['2001:db8::7', '2001:db8:0000::0007', true],
      ['2001:db8::7', '2001:db8::70', false],
      ['127.0.0.2', '::1', false],
    ] as const) {
      const app = await house.newApp({ allow: [allow] })
      const answer = await app.send({ path: '/v1/users', to, from: proxy, headers: say(header, named) })
      if (admitted) assert.equal(answer.status, 200, `${allow} ${named}: ${answer.text}`)
      else assertProblem(answer, 'client_not_allowed')
    }
  })

  test(`031 each request on a proxy's connection is judged by its own caller (${header})`, async (t) => {
    const house = await openHouse(t)
    const to = await openProxiedWay(t, house, header, 'production')
    const app = await house.newApp({ allow: ['192.0.2.1'] })
    const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress: proxy } as object)
    t.after(() => agent.destroy())
    const sockets = new Set<unknown>()
    for (const [caller, status] of [
      ['192.0.2.1', 200],
      ['192.0.2.2', 403],
      ['192.0.2.1', 200],
      ['::1', 403],
    ] as const) {
      const answer = await app.send({ path: '/v1/users', to, agent, headers: say(header, caller) })
      assert.equal(answer.status, status, answer.text)
      sockets.add(Object.values(agent.freeSockets).flat()[0])
    }
    assert.equal(sockets.size, 1)
  })

  test(`a proxy that was called in plain HTTP, or does not say, is refused (${header})`, async (t) => {
    const house = await openHouse(t)
    const to = await openProxiedWay(t, house, header, 'production')
    const honest = await house.newApp()
    const app = await house.newApp({ allow: ['192.0.2.1'] })
    const said = header === 'forwarded' ? ['for=192.0.2.1', 'for=192.0.2.1;proto=http'] : ['192.0.2.1']
    const protos = header === 'forwarded' ? ['https'] : [undefined, '', 'http', 'http, https', 'https, http']
    for (const value of said) {
      for (const proto of protos) {
        const sent = {
          path: '/v1/users',
          to,
          from: proxy,
          by: app,
          headers: { [header]: value, 'x-forwarded-proto': proto },
        }
        const answer = await assertRefused(honest, sent, { code: 'https_required', secrets: [app.secret] })
        assert.equal(answer.headers['strict-transport-security'], undefined)
      }
    }
    const answer = await app.send({ path: '/v1/users', to, from: proxy, headers: say(header, '192.0.2.1') })
    assert.equal(answer.headers['strict-transport-security'], 'max-age=63072000; includeSubDomains')
  })
}
