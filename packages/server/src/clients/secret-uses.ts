import { hourMs } from '../kernel/durations.ts'
import type { SecretId } from '../kernel/ids.ts'
import type { Storage } from '../storage/storage.ts'
import { noteUse } from './client.store.ts'
import type { ClientSecret } from './client.ts'

/** Keeps when each secret was used last, to the hour: so that nobody has to guess whether the old one is still in use. */
export interface SecretUses {
  note(secret: ClientSecret, now: Date): void | Promise<void>
}

const rememberedAtMost = 10_000

/** Writes once an hour for each secret and node. What this node has written lately it remembers, as the directory is behind. */
export function secretUses(storage: Storage): SecretUses {
  const written = new Map<SecretId, number>()
  return {
    note(secret, now) {
      const at = now.getTime()
      const last = Math.max(secret.lastUsedAt ?? 0, written.get(secret.id) ?? 0)
      if (at - last < hourMs) return
      if (written.size >= rememberedAtMost) written.clear()
      // First, so that of many at a time one writes.
      written.set(secret.id, at)
      return storage.commit([noteUse({ id: secret.id, at })], []).then(() => undefined)
    },
  }
}
