import { type Context, commit } from '../context.ts'
import { record } from '../log/record.ts'
import { insertKey, type KeyRow, removeReplacedKey, replaceKey } from './key.store.ts'
import { wrapNewKey } from './wrap-key.ts'
import type { WrappingKeys } from './wrapping-keys.ts'

/**
 * Ends a root of tokens that somebody else may have: no token under it is good any more, anywhere, within a second. Sessions
 * go on: their next tokens are made under another root. False when it is gone already.
 */
export async function revokeTokenRoot(ctx: Context, wrapping: WrappingKeys, root: KeyRow): Promise<boolean> {
  const { id, purpose } = root
  const isInUse = root.replaced_at === null
  const successor = isInUse ? wrapNewKey(purpose, wrapping.newest(), ctx) : undefined
  const data = { key_id: id, purpose, ...(successor && { replaced_by: successor.id }) }
  const { done } = await commit(ctx, [
    ...(successor ? [replaceKey({ id, at: ctx.now.getTime(), reseal_at: null }), insertKey(successor)] : []),
    removeReplacedKey({ id }),
    record(ctx, { type: 'key.revoked', data }),
  ])
  return done
}
