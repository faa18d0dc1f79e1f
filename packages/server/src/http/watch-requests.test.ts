import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '@gatehouse/testing/start-test-server'

test('no request keeps out of the figures by what it says that it accepts', async (t) => {
  const server = await startTestServer({ settings: { GATEHOUSE_METRICS_ADDRESS: '127.0.0.1:0' } })
  t.after(() => server.stop())
  const headers = { accept: 'text/event-stream' }
  for (const path of ['/v1/users', '/v1/audit-events/feed', '/v1/audit-events/export']) {
    assert.equal((await fetch(`${server.url}${path}`, { headers })).status, 401)
    const figures = await (await fetch(`${server.metricsUrl}`)).text()
    const count = `http_server_request_duration_seconds_count{http_request_method="GET",http_route="${path}"`
    assert.ok(figures.includes(`${count},http_response_status_code="401"} 1\n`), path)
  }
})
