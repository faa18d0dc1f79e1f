import assert from 'node:assert/strict'
import { get } from 'node:http'
import { test } from 'node:test'
import { startTestServer } from '@gatehouse/testing/start-test-server'

/** Asks under a name of our choosing, as a browser does that was led here by another site's name. */
function ask(url: string, host: string): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () => resolve({ status: response.statusCode, text }))
    }).on('error', reject)
  })
}

test('the outbox page is for the person at this machine, under the name of this machine', async (t) => {
  const server = await startTestServer()
  t.after(() => server.stop())
  const { port } = new URL(server.url)
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
    const page = await ask(`${server.url}/dev/outbox`, host)
    assert.equal(page.status, 200, host)
    assert.match(page.text, /There is none yet/)
    assert.deepEqual(JSON.parse((await ask(`${server.url}/dev/outbox.json`, host)).text), { data: [] })
  }
  for (const host of ['evil.example', `localhost.evil.example:${port}`, `127.0.0.1.evil.example`]) {
    for (const path of ['/dev/outbox', '/dev/outbox.json']) {
      assert.equal((await ask(`${server.url}${path}`, host)).status, 404, host)
    }
  }
})
