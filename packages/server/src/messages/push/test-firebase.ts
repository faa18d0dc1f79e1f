import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { jwtVerify } from 'jose'
import { z } from 'zod'

/** A message as Firebase Cloud Messaging (HTTP v1) knows it; what it does not know it refuses, as Firebase does. */
const Message = z.strictObject({
  token: z.string(),
  data: z.record(z.string(), z.string()),
  android: z.strictObject({
    priority: z.enum(['NORMAL', 'HIGH']),
    ttl: z.string().regex(/^\d+(\.\d+)?s$/),
    collapse_key: z.string(),
  }),
  apns: z.strictObject({
    headers: z.record(z.string(), z.string()),
    payload: z.object({ aps: z.object({ alert: z.object({ body: z.string() }) }) }),
  }),
})

interface Refusal {
  readonly status: number
  readonly name: string
  readonly errorCode: string | undefined
  readonly text?: string
}

/** Firebase on this machine: it gives tokens for its one account, and takes messages from who has one. */
export interface TestFirebase {
  readonly url: string
  /** The file of the account, as Firebase gives it out. */
  readonly accountFile: string
  readonly messages: z.output<typeof Message>[]
  /** Calls to send, tokens given. */
  calls: number
  tokens: number
  tokenStatus: number
  refusal: Refusal | undefined
  /** From now on no token that was given is good. */
  voidTokens(): void
}

/** Starts one that ends with the test. */
export async function startFirebase(t: TestContext, now: () => Date = () => new Date()): Promise<TestFirebase> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const project = 'example-123'
  const clientEmail = `sender@${project}.iam.gserviceaccount.com`
  const tokens = new Map<string, number>()

  async function giveToken(body: string): Promise<readonly [number, unknown]> {
    const form = new URLSearchParams(body)
    const isStatement = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer'
    if (!isStatement || firebase.tokenStatus !== 200) return [firebase.tokenStatus, { error: 'invalid_grant' }]
    const judged = await jwtVerify(form.get('assertion') ?? '', publicKey, {
      algorithms: ['RS256'],
      issuer: clientEmail,
      audience: `${firebase.url}/token`,
      currentDate: now(),
      maxTokenAge: 3600,
    })
    const { scope, iat = 0, exp = 0 } = judged.payload
    const isGood = scope === 'https://www.googleapis.com/auth/firebase.messaging' && exp - iat <= 3600
    if (!isGood || judged.protectedHeader.kid !== 'key-1') return [400, { error: 'invalid_grant' }]
    firebase.tokens++
    const token = `ya29.${randomUUID()}`
    tokens.set(token, now().getTime() + 3600_000)
    return [200, { access_token: token, expires_in: 3600, token_type: 'Bearer' }]
  }

  function take({ headers }: IncomingMessage, body: string): readonly [number, unknown] {
    firebase.calls++
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
    if ((tokens.get(token) ?? 0) <= now().getTime()) return [401, { error: { code: 401, status: 'UNAUTHENTICATED' } }]
    const { refusal } = firebase
    if (refusal) {
      const { status, name, errorCode, text: said } = refusal
      const details = errorCode
        ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }]
        : [{ '@type': 'type.googleapis.com/google.rpc.Help', links: [] }]
      return [status, said ?? { error: { code: status, message: 'no', status: name, details } }]
    }
    const parsed = z.strictObject({ message: Message }).safeParse(JSON.parse(body))
    if (!parsed.success)
      return [400, { error: { code: 400, status: 'INVALID_ARGUMENT', message: parsed.error.message } }]
    firebase.messages.push(parsed.data.message)
    return [200, { name: `projects/${project}/messages/${randomUUID()}` }]
  }

  const server = createServer((request, response) => {
    void text(request)
      .then(async (body): Promise<readonly [number, unknown]> => {
        if (request.url === '/token') return giveToken(body)
        return request.url === `/v1/projects/${project}/messages:send` ? take(request, body) : [404, 'not found']
      })
      .then(
        ([status, said]) =>
          response
            .writeHead(status, { 'content-type': 'application/json' })
            .end(typeof said === 'string' ? said : JSON.stringify(said)),
        () => response.writeHead(400).end(),
      )
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const firebase: TestFirebase = {
    url,
    accountFile: JSON.stringify({
      type: 'service_account',
      project_id: project,
      private_key_id: 'key-1',
      private_key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
      client_email: clientEmail,
      client_id: '1',
      auth_uri: 'https://accounts.google.com/o/oauth2/auth',
      token_uri: `${url}/token`,
      universe_domain: 'googleapis.com',
    }),
    messages: [],
    calls: 0,
    tokens: 0,
    tokenStatus: 200,
    refusal: undefined,
    voidTokens: () => tokens.clear(),
  }
  return firebase
}
