import { type Context, commit } from '../context.ts'
import { record } from '../log/record.ts'
import { type KeyRow, removeReplacedKey } from './key.store.ts'

/**
 * Removes a key for good. The caller has seen that nothing needs it any more. False when it is in use, or gone already.
 */
export async function retireKey(ctx: Context, { id, purpose }: Pick<KeyRow, 'id' | 'purpose'>): Promise<boolean> {
  const event = record(ctx, { type: 'key.retired', data: { key_id: id, purpose } })
  return (await commit(ctx, [removeReplacedKey({ id }), event])).done
}
