import type { Context } from '../context.ts'
import { signingKey } from '../crypto/ed25519.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { Write } from '../storage/write.ts'
import { signCheckpoint } from './checkpoint.ts'
import { findNewestSeal, insertSeal } from './seal.store.ts'

/**
 * A log that goes on from a backup grows apart from what its checkpoints have promised since. Under the old name that would
 * be two logs that contradict each other (C2SP tlog-checkpoint), so it goes on under a new one: the same events, sealed anew.
 */
export async function renameLog(ctx: Context, keys: Keyring): Promise<readonly Write[]> {
  const seal = await findNewestSeal(ctx.db)
  if (!seal) return []
  const [before = ''] = seal.note.split('\n', 1)
  const day = ctx.now.toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const origin = `${before.replace(/\/restored-[^/]*$/, '')}/restored-${day}`
  const note = signCheckpoint({ origin, size: seal.size, root: seal.root }, signingKey(keys.logSeeds[0]))
  return [insertSeal({ ...seal, number: seal.number + 1, note, sealed_at: ctx.now.getTime() })]
}
