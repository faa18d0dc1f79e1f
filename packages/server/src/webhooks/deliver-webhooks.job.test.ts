import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { commit } from '../context.ts'
import { hourMs, secondMs } from '../kernel/durations.ts'
import { newId } from '../kernel/ids.ts'
import { defaultTenantId } from '../kernel/tenants.ts'
import { openKeyring } from '../keys/keyring.ts'
import { wrappingKeys } from '../keys/wrapping-keys.ts'
import type { StrangerLine } from '../outgoing/stranger-line.ts'
import type { Storage } from '../storage/storage.ts'
import { sqliteForTest } from '../storage/test-storage.ts'
import { systemContext } from '../system-context.ts'
import { deliverWebhooksJob } from './deliver-webhooks.job.ts'
import { insertDelivery } from './delivery.store.ts'
import { insertEndpoint } from './endpoint.store.ts'
import { newSecret, sealSecrets } from './webhook-secrets.ts'

const queued = 10_000

test('152 of ten thousand that wait only a few are in memory, and those of one user go in their order', async (t) => {
  const opened = await (await sqliteForTest(t))()
  let rowsAtOnce = 0
  const storage: Storage = {
    ...opened,
    async list(query, values) {
      const rows = await opened.list(query, values)
      rowsAtOnce = Math.max(rowsAtOnce, rows.length)
      return rows
    },
  }
  const world = { now: () => new Date('2026-11-22T10:00:00Z'), random: (bytes: number) => randomBytes(bytes) }
  const ctx = systemContext({ storage, world })
  const keys = await openKeyring(storage, wrappingKeys({ id: 'k1', key: createSecretKey(randomBytes(32)) }), ctx)
  const place = { id: newId('whe', ctx), tenant_id: defaultTenantId }
  const now = ctx.now.getTime()
  const none = { description: null, disabled_at: null, disabled_reason: null, failing_since: null }
  const secrets = sealSecrets(keys, place, [newSecret(ctx)], ctx)
  const endpoint = { ...place, ...none, url: 'https://example.test/', events: '["*"]', secrets }
  assert.ok((await commit(ctx, [insertEndpoint({ ...endpoint, created_at: now, version: 1 })])).done)
  for (let start = 0; start < queued; start += 500) {
    const writes = Array.from({ length: 500 }, (_, index) =>
      insertDelivery({
        id: newId('whd', ctx),
        tenant_id: defaultTenantId,
        endpoint_id: place.id,
        event_id: `evt_${start + index}`,
        event_type: 'user.updated',
        user_id: `usr_${(start + index) % 7}`,
        position: start + index,
        payload: '{}',
        created_at: now,
      }),
    )
    assert.ok((await commit(ctx, writes)).done)
  }
  let inFlight = 0
  let mostInFlight = 0
  const sent: number[] = []
  const line: StrangerLine = {
    async post({ headers }) {
      mostInFlight = Math.max(mostInFlight, ++inFlight)
      const position = Number(String(headers['webhook-id']).slice('evt_'.length))
      // Some take longer than others.
      for (let turn = 0; turn <= position % 5; turn++) await new Promise(setImmediate)
      inFlight--
      sent.push(position)
      return { status: 204, retryAfter: undefined }
    },
    close: async () => {},
  }
  const failures: unknown[] = []
  const times = { longestMs: 5 * secondMs, windowMs: 72 * hourMs }
  const report = (error: unknown) => failures.push(error)
  const job = deliverWebhooksJob({ ...times, keys, line, world, channels: {}, adminMail: [], report })
  rowsAtOnce = 0
  await job.run(ctx)
  await Promise.all(job.underWay?.() ?? [])
  assert.deepEqual(failures, [])
  assert.equal(new Set(sent).size, queued)
  assert.equal(sent.length, queued)
  assert.ok(mostInFlight <= 8, `${mostInFlight} requests at once`)
  assert.ok(rowsAtOnce <= 32, `${rowsAtOnce} deliveries in memory at once`)
  for (let user = 0; user < 7; user++) {
    const own = sent.filter((position) => position % 7 === user)
    assert.deepEqual(
      own,
      own.toSorted((one, other) => one - other),
    )
  }
})
