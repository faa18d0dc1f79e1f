import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { importJWK, jwtVerify } from 'jose'

/** What a browser has of a subscription. */
export interface TestBrowser {
  readonly ecdh: ECDH
  readonly keys: { readonly p256dh: Buffer; readonly auth: Buffer }
}

/**
 * Opens a push message as a browser does (RFC 8291, RFC 8188), sharing no code with what has sealed it.
 * @throws Error for what is not for this browser, or has been changed
 */
export function openPush(body: Buffer, { ecdh, keys }: TestBrowser): string {
  const salt = body.subarray(0, 16)
  const idLength = body.readUInt8(20)
  const sender = body.subarray(21, 21 + idLength)
  const box = body.subarray(21 + idLength)
  const derive = (ikm: Uint8Array, by: Uint8Array, info: Uint8Array | string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', ikm, by, info, bytes))
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.p256dh, sender])
  const secret = derive(ecdh.computeSecret(sender), keys.auth, info, 32)
  const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16)
  const nonce = derive(secret, salt, 'Content-Encoding: nonce\0', 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(box.subarray(-16))
  const record = Buffer.concat([decipher.update(box.subarray(0, -16)), decipher.final()])
  const end = record.findLastIndex((byte) => byte !== 0)
  if (record[end] !== 2) throw new Error('the last record does not say that it is the last')
  return record.subarray(0, end).toString('utf8')
}

/** What a push service was asked to hand on, opened by the browser that it is for. */
export interface PushedMessage {
  readonly text: string
  readonly until: string
  readonly headers: IncomingHttpHeaders
  readonly path: string
}

/** A push service on this machine with the browsers that have subscribed to it. It believes nobody. */
export interface TestPushService {
  /** Its origin. */
  readonly url: string
  readonly messages: PushedMessage[]
  /** What it answers to the next calls: 201 unless another is set. */
  status: number
  /** A new browser, bound to the server with this key: what a page gets from `pushManager.subscribe`. */
  subscribe(applicationServerKey: string): TestSubscription
}

export interface TestSubscription {
  readonly transport: 'web_push'
  readonly endpoint: string
  readonly p256dh: string
  readonly auth: string
}

/** Starts one that ends with the test. `now` is what it takes the time to be. */
export async function startPushService(t: TestContext, now: () => Date = () => new Date()): Promise<TestPushService> {
  const browsers = new Map<string, TestBrowser & { readonly serverKey: string }>()
  const server = createServer((request, response) => {
    void buffer(request).then(
      async (body) => response.writeHead(await take(request, body)).end(),
      () => response.destroy(),
    )
  })

  /** As RFC 8030 and RFC 8292 demand: the status of the answer. */
  async function take({ method, url: path = '', headers }: IncomingMessage, body: Buffer): Promise<number> {
    const browser = browsers.get(path)
    if (service.status !== 201) return service.status
    if (method !== 'POST' || !browser) return 404
    const [, token = '', key = ''] = /^vapid t=([^,]+), k=([\w-]+)$/.exec(headers.authorization ?? '') ?? []
    if (key !== browser.serverKey) return 403
    const point = Buffer.from(key, 'base64url')
    const [x, y] = [point.toString('base64url', 1, 33), point.toString('base64url', 33)]
    const judged = await jwtVerify(token, await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256'), {
      audience: service.url,
      currentDate: now(),
    }).catch(() => undefined)
    if (!judged?.payload.exp || judged.payload.exp > now().getTime() / 1000 + 86_400) return 403
    if (headers['content-encoding'] !== 'aes128gcm' || !/^\d+$/.test(String(headers['ttl']))) return 400
    const { text, until } = JSON.parse(openPush(body, browser))
    service.messages.push({ text, until, headers, path })
    return 201
  }

  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const service: TestPushService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages: [],
    status: 201,
    subscribe(serverKey) {
      const ecdh = createECDH('prime256v1')
      const keys = { p256dh: ecdh.generateKeys(), auth: randomBytes(16) }
      const path = `/push/${randomUUID()}`
      browsers.set(path, { ecdh, keys, serverKey })
      const [p256dh, auth] = [keys.p256dh.toString('base64url'), keys.auth.toString('base64url')]
      return { transport: 'web_push', endpoint: `${service.url}${path}`, p256dh, auth }
    },
  }
  return service
}
