import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { problems } from '@gatehouse/contract/problems'
import { startTestServer } from '@gatehouse/testing/start-test-server'

async function start(t: TestContext): Promise<(path: string) => Promise<{ answer: Response; text: string }>> {
  const server = await startTestServer()
  t.after(() => server.stop())
  return async (path) => {
    const answer = await fetch(server.url + path)
    return { answer, text: await answer.text() }
  }
}

test('the API page loads what it needs from here and runs no script of its own text', async (t) => {
  const get = await start(t)
  const { answer, text } = await get('/docs')
  assert.equal(answer.status, 200)
  const policy = answer.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'; script-src 'self';/)
  assert.doesNotMatch(policy, /script-src[^;]*unsafe|\*|https?:/)
  assert.doesNotMatch(text, /https?:\/\/|<script>|<style|\son[a-z]+=/)
  const assets = [...text.matchAll(/(?:src|href)="(\/docs\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
  assert.equal(assets.length, 3)
  for (const path of assets) {
    const asset = await get(path)
    assert.equal(asset.answer.status, 200, path)
    assert.match(asset.answer.headers.get('content-type') ?? '', /^text\/(css|javascript)/)
    assert.equal(asset.answer.headers.get('x-content-type-options'), 'nosniff')
  }
})

test('no other file of the package is served', async (t) => {
  const get = await start(t)
  for (const path of ['package.json', 'swagger-ui.js.map', '..%2f..%2fpackage.json', '__proto__', 'constructor']) {
    const { answer, text } = await get(`/docs/assets/${path}`)
    assert.equal(answer.status, 404, path)
    assert.equal(JSON.parse(text).code, 'not_found')
  }
})

test('every problem has the page that its type leads to', async (t) => {
  const get = await start(t)
  for (const [code, { title }] of Object.entries(problems)) {
    const { answer, text } = await get(`/docs/errors/${code}`)
    assert.equal(answer.status, 200, code)
    assert.ok(text.includes(`<h1>${title.replaceAll("'", '&#39;')}</h1>`), code)
  }
  assert.equal((await get('/docs/errors/toString')).answer.status, 404)
})

test('health is told to whoever asks', async (t) => {
  const get = await start(t)
  for (const path of ['/livez', '/startupz', '/readyz']) {
    const { answer, text } = await get(path)
    assert.deepEqual([answer.status, text], [200, '{"status":"ok"}'])
  }
  const { text } = await get('/readyz?verbose')
  assert.deepEqual(JSON.parse(text), { status: 'ok', checks: { storage: 'ok', keys: 'ok', clock: 'ok' } })
})
