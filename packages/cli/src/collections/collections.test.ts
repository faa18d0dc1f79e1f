import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { everyOperation } from '@gatehouse/contract/every-operation'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { exampleOf } from './example.ts'
import { insomniaExport } from './insomnia.ts'
import { postmanCollection } from './postman.ts'
import { sampleRequests } from './requests.ts'
import { signingScript } from './signing-script.ts'

type Variables = Readonly<Record<string, string>>
interface Draft {
  readonly method: string
  /** With variables, as it stands in the collection. */
  readonly url: string
  readonly body?: string
  readonly headers: Readonly<Record<string, string>>
}

/** Runs the script as Postman and Insomnia do: with the request, the variables and crypto-js. Answers what will be sent. */
function runScript(tool: 'pm' | 'insomnia', draft: Draft, variables: Variables) {
  const headers = new Map(Object.entries(draft.headers))
  let body = draft.body
  const replaceIn = (text: string) => text.replace(/\{\{(?: _\.)?(\w+) ?\}\}/g, (_, name) => variables[name] ?? '')
  const api = {
    variables: { get: (name: string) => variables[name], replaceIn },
    request: {
      method: draft.method,
      url: { toString: () => draft.url },
      headers: {
        has: (name: string) => headers.has(name),
        upsert: ({ key, value }: { key: string; value: string }) => headers.set(key, value),
      },
      ...(body !== undefined && {
        body: {
          toString: () => body,
          update: ({ mode, raw }: { mode: string; raw: string }) => {
            assert.equal(mode, 'raw')
            body = raw
          },
        },
      }),
    },
  }
  const crypto = {
    HmacSHA256: (text: string, key: string) => createHmac('sha256', key).update(text).digest('hex'),
    SHA256: (text: string) => createHash('sha256').update(text).digest('hex'),
  }
  const load = (name: string) => (name === 'crypto-js' ? crypto : assert.fail(name))
  runInNewContext(signingScript, { [tool]: api, require: load, Date })
  return { url: replaceIn(draft.url), body, headers: Object.fromEntries(headers) }
}

for (const tool of ['pm', 'insomnia'] as const) {
  for (const scheme of ['v1', 'v2'] as const) {
    test(`the server takes what the script of the collections signs by ${scheme} (as ${tool})`, async (t) => {
      const server = await startTestServer()
      t.after(() => server.stop())
      const { slug, secret } = await server.createClient({ schemes: [scheme] })
      const variables = { base_url: server.url, client_id: slug, client_secret: secret, scheme, name: 'Zoë 🔑' }
      const send = async (draft: Draft, others: Variables = {}) => {
        const { url, body, headers } = runScript(tool, draft, { ...variables, ...others })
        const response = await fetch(url, { method: draft.method, headers, ...(body !== undefined && { body }) })
        const { code, name } = (await response.json()) as { readonly code?: string; readonly name?: string }
        return [response.status, code ?? name]
      }
      const headers = { 'X-Client-Id': '{{client_id}}', 'Content-Type': 'application/json' }
      const body = '{\n  "email": "zoe@example.test", "name": "{{name}}"\n}'
      const create = { method: 'POST', url: '{{base_url}}/v1/users', headers, body }
      assert.deepEqual(await send(create), [201, 'Zoë 🔑'])
      assert.deepEqual(await send(create), [409, 'email_taken'], 'the same again in one second is no replay')
      const list = { method: 'GET', url: '{{base_url}}/v1/users?limit=1&email=zoe%40example.test', headers }
      assert.deepEqual(await send(list), [200, undefined])
      assert.deepEqual(await send(create, { client_secret: `${secret}x` }), [401, 'signature_invalid'])
      const own = { method: 'GET', url: '{{base_url}}/v1/me', headers: { Authorization: 'Bearer {{access_token}}' } }
      assert.deepEqual(runScript(tool, own, {}).headers, own.headers, 'what a person does is not signed')
      assert.throws(() => runScript(tool, create, { base_url: server.url }), /Set client_id and client_secret/)
    })
  }
}

test('every operation is in both collections once, and signs where a client calls', () => {
  const wanted = everyOperation.map(({ method, path }) => `${method} ${path}`).sort()
  const braces = (path: string) => path.replace(/:(\w+)/g, '{$1}')
  const { item, event } = postmanCollection()
  const inPostman = item.flatMap((folder) => folder.item.map(({ request }) => request))
  assert.deepEqual(inPostman.map(({ method, url }) => `${method} ${braces(`/${url.path.join('/')}`)}`).sort(), wanted)
  assert.equal(event[0]?.script.exec.join('\n'), signingScript)

  const resources = insomniaExport().resources as readonly Readonly<Record<string, unknown>>[]
  const inInsomnia = resources.filter(({ _type }) => _type === 'request')
  const places = inInsomnia.map(({ method, url }) => `${method} ${braces(String(url).replace('{{ _.base_url }}', ''))}`)
  assert.deepEqual(places.sort(), wanted)
  const ids = resources.map(({ _id }) => _id)
  assert.equal(new Set(ids).size, ids.length)
  for (const { parentId } of resources) assert.ok(parentId === null || ids.includes(parentId), String(parentId))

  const requests = sampleRequests()
  for (const { id, caller } of everyOperation) {
    const { headers } = requests.find((each) => each.id === id) ?? assert.fail(id)
    const names = headers.map(({ name }) => name)
    assert.equal(names.includes('X-Client-Id'), caller === 'client', id)
    assert.equal(names.includes('Authorization'), caller === 'user' || caller === 'admin', id)
  }
})

test('a body to begin with has what is demanded, and text to fill in where nothing is known', () => {
  const user = {
    type: 'object',
    properties: { email: { type: 'string', format: 'email' }, age: {} },
    required: ['email'],
  }
  const schema = {
    type: 'object',
    properties: {
      user: { $ref: '#/components/schemas/User' },
      kind: { enum: ['a', 'b'] },
      codes: { type: 'array', items: { type: 'string' }, minItems: 2 },
      id: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
      limit: { type: 'integer', minimum: 1 },
      nonce: { type: 'string' },
    },
    required: ['user', 'kind', 'codes', 'id', 'limit'],
  }
  assert.deepEqual(exampleOf(schema, { User: user }), {
    user: { email: 'ada@example.org' },
    kind: 'a',
    codes: [''],
    id: '',
    limit: 1,
  })
})
