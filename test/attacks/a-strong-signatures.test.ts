import assert from 'node:assert/strict'
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { httpbis } from 'http-message-signatures'
import { type App, type Attempt, assertRefused, attack, jsonWithNonce, sendTogether } from './support.ts'

/** A request with the headers of a stronger signature in place of the classic one. */
interface Signed extends Attempt {
  readonly headers: Readonly<Record<string, string | undefined>>
}

interface Plain {
  readonly method?: string
  readonly path: string
  readonly body?: string
}

/** Makes a user: whether it had an effect is easy to see. */
const signUp = (): Plain => ({ path: '/v1/users', body: jsonWithNonce({ email: `${randomUUID()}@example.test` }) })
const methodOf = ({ method, body }: Plain) => method ?? (body === undefined ? 'GET' : 'POST')
const hostOf = (app: App) => new URL(app.house.server.url).host
const nowOf = (app: App) => app.house.server.clock.now()

function signV2(app: App, request: Plain, nonce: string = randomUUID()): Signed {
  const { path, body = '' } = request
  const timestamp = String(Math.floor(nowOf(app).getTime() / 1000))
  const bodyHash = createHash('sha256').update(body).digest('hex')
  const lines = ['gatehouse-v2', app.slug, timestamp, nonce, methodOf(request), hostOf(app), path, bodyHash]
  const mac = createHmac('sha256', app.secret).update(lines.join('\n')).digest('hex')
  return { ...request, headers: { 'x-timestamp': timestamp, 'x-nonce': nonce, 'x-signature': `v2=${mac}` } }
}

interface Choice {
  readonly fields?: readonly string[]
  readonly name?: string
  readonly nonce?: string
  readonly tag?: string
  readonly created?: Date
  readonly expires?: Date
}

const always = ['@method', '@authority', '@path', '@query', 'x-client-id']

function contentDigest(body: string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
}

/** Signs by RFC 9421 with a library that knows nothing of us. */
async function signMessage(app: App, request: Plain, choice: Choice = {}): Promise<Signed> {
  const { path, body } = request
  const { nonce = randomUUID(), tag = 'gatehouse', created = nowOf(app), expires } = choice
  const covered = body === undefined ? always : [...always, 'content-digest']
  const given = { 'x-client-id': app.slug, ...(body !== undefined && { 'content-digest': contentDigest(body) }) }
  const { headers } = await httpbis.signMessage(
    {
      key: {
        id: app.slug,
        alg: 'hmac-sha256',
        sign: async (base) => createHmac('sha256', app.secret).update(base).digest(),
      },
      name: choice.name ?? 'sig',
      fields: [...(choice.fields ?? covered)],
      params: ['created', 'nonce', 'keyid', 'alg', 'tag', ...(expires ? ['expires'] : [])],
      paramValues: { created, nonce, tag, ...(expires && { expires }) },
    },
    { method: methodOf(request), url: `http://${hostOf(app)}${path}`, headers: given },
  )
  const named = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), String(value)])
  return {
    ...request,
    headers: { 'x-timestamp': undefined, 'x-signature': undefined, ...Object.fromEntries(named) },
  }
}

/** Both ways to sign the whole of a request. */
const signAll = async (app: App, request: Plain): Promise<readonly Signed[]> => [
  signV2(app, request),
  await signMessage(app, request),
]

attack('013 what v2 and RFC 9421 sign is accepted, with a body and without', async (app) => {
  for (const signed of await signAll(app, { path: '/v1/users?limit=1&email=a%2Bb%40example.test' })) {
    const answer = await app.send(signed)
    assert.equal(answer.status, 200, answer.text)
  }
  for (const sign of [signV2, signMessage]) {
    const answer = await app.send(await sign(app, signUp()))
    assert.equal(answer.status, 201, answer.text)
  }
})

attack('013 method, path, query, its order and authority cannot be changed under v2 and RFC 9421', async (app) => {
  const user = await app.createUser()
  const refused = { code: 'signature_invalid' } as const
  for (const read of await signAll(app, { path: '/v1/users?limit=1&email=a@example.test' })) {
    for (const path of [
      '/v1/users',
      '/v1/users?limit=1',
      '/v1/users?email=a@example.test&limit=1',
      '/v1/users?limit=1&email=a%40example.test',
      '/v1/users?limit=1&email=a@example.test&',
      '/v1/audit-events?limit=1&email=a@example.test',
      `/v1/users/${user.id}?limit=1&email=a@example.test`,
    ]) {
      await assertRefused(app, { ...read, path }, refused)
    }
    for (const host of ['auth.example.test', `${hostOf(app)}.`, `x${hostOf(app)}`]) {
      await assertRefused(app, { ...read, headers: { ...read.headers, host } }, refused)
    }
    assert.equal((await app.send(read)).status, 200, 'a refused one has not spent it')
  }
  const rename = { method: 'PATCH', path: `/v1/users/${user.id}`, body: jsonWithNonce({ name: 'Ada' }) }
  const other = await app.createUser()
  for (const signed of await signAll(app, rename)) {
    await assertRefused(app, { ...signed, path: `/v1/users/${other.id}` }, refused)
    await assertRefused(app, { ...signed, method: 'POST', path: `/v1/users/${user.id}/disable` }, refused)
    await assertRefused(app, { ...signed, body: jsonWithNonce({ name: 'Eve' }) }, refused)
    assert.equal((await app.send(signed)).status, 200)
  }
})

attack('008 a request signed by v2 or RFC 9421 is good once, a reading one too', async (app) => {
  for (const request of [() => ({ path: '/v1/users?limit=1' }), signUp]) {
    for (const sign of [signV2, signMessage]) {
      const signed = await sign(app, request())
      const answers = await Promise.all([1, 2, 3].map(() => app.send(signed)))
      assert.deepEqual(answers.map(({ status }) => status < 300).toSorted(), [false, false, true])
      await assertRefused(app, signed, { code: 'signature_replayed' })
    }
  }
  const twin = signV2(app, signUp())
  const answers = await sendTogether(
    app,
    Array.from({ length: 30 }, () => twin),
  )
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [201, ...Array.from({ length: 29 }, () => 401)])
})

attack('014 a signature of RFC 9421 must cover what we demand', async (app) => {
  const all = [...always, 'content-digest']
  for (const fields of [['@method'], ...all.map((name) => all.filter((each) => each !== name))]) {
    const signed = await signMessage(app, signUp(), { fields })
    const answer = await assertRefused(app, signed, { code: 'signature_invalid' })
    assert.match(String(answer.json?.['detail']), /must cover/)
  }
})

attack('015 a body that was changed under its Content-Digest is refused', async (app) => {
  const signed = await signMessage(app, signUp())
  const body = String(signUp().body)
  await assertRefused(app, { ...signed, body }, { code: 'signature_invalid' })
  const headers = { ...signed.headers, 'content-digest': contentDigest(body) }
  await assertRefused(app, { ...signed, body, headers }, { code: 'signature_invalid' })
  const both = { ...signed.headers, 'content-digest': `${signed.headers['content-digest']}, ${contentDigest(body)}` }
  await assertRefused(app, { ...signed, headers: both }, { code: 'signature_invalid' })
  await assertRefused(
    app,
    { ...signed, headers: { ...signed.headers, 'content-digest': undefined } },
    { code: 'signature_invalid' },
  )
  assert.equal((await app.send(signed)).status, 201)
})

attack('016 of several signatures the one with our tag counts, and two of those are none', async (app) => {
  const request = signUp()
  const [ours, again, foreign] = await Promise.all([
    signMessage(app, request),
    signMessage(app, request, { name: 'again' }),
    signMessage({ ...app, secret: 'another' }, request, { name: 'proxy', tag: 'elsewhere' }),
  ])
  const join = (...all: readonly Signed[]): Signed => {
    const joined = ['signature', 'signature-input'].map((name) => [
      name,
      all.map(({ headers }) => headers[name]).join(', '),
    ])
    return { ...ours, headers: { ...ours.headers, ...Object.fromEntries(joined) } }
  }
  const broken = await signMessage({ ...app, secret: 'another' }, request, { name: 'broken' })
  for (const both of [join(ours, broken), join(broken, ours), join(ours, again), join(ours, ours), foreign]) {
    await assertRefused(app, both, { code: 'signature_invalid' })
  }
  await assertRefused(
    app,
    { ...ours, headers: { ...ours.headers, ...signV2(app, request).headers } },
    { code: 'signature_invalid' },
  )
  const untagged = await signMessage(app, request, { tag: 'app' })
  await assertRefused(app, untagged, { code: 'signature_invalid' })
  assert.equal((await app.send(join(foreign, ours))).status, 201)
})

attack('017 a signature of RFC 9421 ends, begins in time, and its nonce is good once under any label', async (app) => {
  const now = nowOf(app).getTime()
  const at = (seconds: number) => new Date(now + seconds * 1000)
  const late = { code: 'signature_timestamp_out_of_range' } as const
  for (const choice of [{ expires: at(-1) }, { expires: at(0) }, { created: at(302) }, { created: at(-302) }]) {
    await assertRefused(app, await signMessage(app, signUp(), choice), late)
  }
  const nonce = randomUUID()
  const first = await signMessage(app, signUp(), { nonce, created: at(299), expires: at(400) })
  assert.equal((await app.send(first)).status, 201)
  const replayed = { code: 'signature_replayed' } as const
  await assertRefused(app, await signMessage(app, signUp(), { nonce, name: 'other' }), replayed)
  await assertRefused(app, signV2(app, signUp(), nonce), replayed)
})

attack('018 a client that has moved up cannot be moved down', async (app) => {
  const { house } = app
  const strict = await house.newApp({ schemes: ['v2'] })
  const plain = signUp()
  for (const by of [strict, { ...strict, secret: 'another' }]) {
    const answer = await assertRefused(strict, { ...plain, by }, { code: 'signature_scheme_not_allowed' })
    assert.match(String(answer.json?.['detail']), /by v2; this is v1/)
  }
  await assertRefused(strict, await signMessage(strict, plain), { code: 'signature_scheme_not_allowed' })
  // Nor by what a request between us and the client leaves out.
  const signed = signV2(strict, plain)
  const stripped = { ...signed.headers, 'x-nonce': undefined }
  await assertRefused(strict, { ...signed, headers: stripped }, { code: 'signature_missing' })
  const renamed = { ...signed.headers, 'x-signature': String(signed.headers['x-signature']).replace('v2=', 'sha256=') }
  await assertRefused(strict, { ...signed, headers: renamed }, { code: 'signature_scheme_not_allowed' })
  assert.equal((await strict.send(signed)).status, 201)
})

attack('012 what v2 is made of may not come twice', async (app) => {
  const signed = signV2(app, signUp())
  for (const name of ['x-signature', 'x-timestamp', 'x-nonce']) {
    const value = String(signed.headers[name])
    const headers = { ...signed.headers, [name]: [value, value] }
    await assertRefused(app, { ...signed, headers }, { code: 'signature_invalid' })
  }
  const other = signUp()
  assert.equal((await app.send(signV2(app, other))).status, 201)
})
