import type { TestContext } from 'node:test'
import { type OpenTestServer, openTestServer, unlimited } from '@gatehouse/testing/start-test-server'
import { type House, houseOf } from './support.ts'

/** A server whose parts can be reached, for what no request can do: an operator's deed, or an attacker's luck. */
export type OpenHouse = House & Pick<OpenTestServer, 'parts'>

/** Starts one on SQLite. */
export async function openHouse(
  t: TestContext,
  { policy, ...options }: Parameters<typeof openTestServer>[0] = {},
): Promise<OpenHouse> {
  const server = await openTestServer({ ...options, policy: { ...unlimited, ...policy } })
  t.after(server.stop)
  return { ...(await houseOf(server)), parts: server.parts }
}
