import { type Context, commit } from '../context.ts'
import { record } from '../log/record.ts'
import { hastenResealing, insertKey, type KeyPurpose, type KeyRow, listKeyRows, replaceKey } from './key.store.ts'
import { wrapNewKey } from './wrap-key.ts'
import type { WrappingKeys } from './wrapping-keys.ts'

/** What can be rotated while everything goes on. */
export type RotatedPurpose = Extract<KeyPurpose, 'data' | 'token_root'>

interface Wanted {
  readonly purpose: RotatedPurpose
  /** When what older data keys have sealed is sealed anew. */
  readonly resealAt: number
}

/**
 * Makes a new key. The one before it opens what it has sealed, or verifies what it has signed, and does nothing new.
 * Undefined when somebody else has replaced it in this moment.
 */
export async function rotateKey(
  ctx: Context,
  wrapping: WrappingKeys,
  { purpose, resealAt }: Wanted,
): Promise<KeyRow | undefined> {
  const inUse = (await listKeyRows(ctx.db)).find((row) => row.purpose === purpose && row.replaced_at === null)
  if (!inUse) throw new Error(`The database has no ${purpose} key in use.`)
  const made = wrapNewKey(purpose, wrapping.newest(), ctx)
  const at = ctx.now.getTime()
  const { done } = await commit(ctx, [
    replaceKey({ id: inUse.id, at, reseal_at: purpose === 'data' ? resealAt : null }),
    ...(purpose === 'data' && resealAt <= at ? [hastenResealing({ at: resealAt })] : []),
    insertKey(made),
    record(ctx, {
      type: 'key.rotated',
      data: { key_id: made.id, purpose, replaces: inUse.id, key_encryption_key: made.wrapped_by },
    }),
  ])
  return done ? made : undefined
}
