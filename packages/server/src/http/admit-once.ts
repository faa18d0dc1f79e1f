import { takesIdempotencyKey } from '@gatehouse/contract/operation'
import { readKey } from '../idempotency/read-key.ts'
import { Fault } from '../kernel/fault.ts'
import type { Call, House } from './call.ts'
import { contextOf } from './context-of.ts'

/**
 * A request with an Idempotency-Key is carried out once. Behind all other walls: whoever gets the answer a second time
 * has signed for it anew and may still do what it does.
 */
export function admitOnce(call: Call, house: House): void | Promise<void> {
  const header = call.headers['idempotency-key']
  if (header === undefined || call.operation.method === 'GET') return
  if (call.administrator || !takesIdempotencyKey(call.operation)) throw new Fault('idempotency_not_offered')
  return admit(call, house, readKey(header))
}

async function admit(call: Call, house: House, key: string): Promise<void> {
  const { operation, input } = call
  call.admitted = await house.answers.admit(contextOf(call, house), { key, operationId: operation.id, input })
  if (call.admitted.isRepeat) call.answerHeaders['idempotent-replayed'] = 'true'
}
