import { type Context, commit } from '../context.ts'
import { record } from '../log/record.ts'
import { startError } from '../storage/start-error.ts'
import type { Write } from '../storage/write.ts'
import type { KeyRow } from './key.store.ts'
import type { KeyEncryptionKey } from './wrapping-keys.ts'

/** That a key was made. */
export function recordKey(ctx: Context): (made: KeyRow) => Write {
  return ({ id, purpose, wrapped_by }) =>
    record(ctx, { type: 'key.created', data: { key_id: id, purpose, key_encryption_key: wrapped_by } })
}

/**
 * Puts on record that all secrets of the database lie open to a process: a server, or a command of the operator.
 * @throws StartError when it cannot be written
 */
export async function recordOpening(
  ctx: Context,
  { id }: KeyEncryptionKey,
  { command }: { readonly command: string | undefined },
): Promise<void> {
  const by = command === undefined ? 'server' : 'command'
  const data = { by, ...(command !== undefined && { command }), key_encryption_key: id }
  try {
    await commit(ctx, [record(ctx, { type: 'keys.opened', data })])
  } catch (cause) {
    throw startError(`It could not be put on record that the keys were opened. ${(cause as Error).message}`, cause)
  }
}
