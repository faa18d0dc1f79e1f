import assert from 'node:assert/strict'
import { type GatehouseError, isGatehouseError } from '@gatehouse/sdk'

/** Why the server does not do it. */
export async function refusalOf(call: Promise<unknown>): Promise<GatehouseError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(isGatehouseError(error), 'it was not refused')
  return error
}
