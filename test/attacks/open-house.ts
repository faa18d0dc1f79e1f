import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type OpenTestServer, openTestServer, unlimited } from '@gatehouse/testing/start-test-server'
import { emptyDatabase } from '../empty-database.ts'
import { type Engine, type House, houseOf } from './support.ts'

/** A server whose parts can be reached, for what no request can do: an operator's deed, or an attacker's luck. */
export type OpenHouse = House & Pick<OpenTestServer, 'parts'>

/** Starts one, on SQLite unless told otherwise. */
export async function openHouse(
  t: TestContext,
  { policy, engine = 'sqlite', ...options }: Parameters<typeof openTestServer>[0] & { engine?: Engine } = {},
): Promise<OpenHouse> {
  const database = engine === 'postgres' ? await emptyDatabase() : undefined
  assert.ok(engine === 'sqlite' || database, 'npm test brings PostgreSQL up')
  const server = await openTestServer({
    databaseUrl: database?.url,
    ...options,
    policy: { ...unlimited, ...policy },
  })
  t.after(async () => {
    await server.stop()
    await database?.drop()
  })
  return { ...(await houseOf(server)), parts: server.parts }
}
