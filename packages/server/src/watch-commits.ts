import type { Storage } from './storage/storage.ts'
import type { Write } from './storage/write.ts'

/** Called after a commit of this node that has changed something. Must be quick: the answer waits for it. */
export type CommitListener = (writes: readonly Write[]) => void

/** The same storage, telling of each commit. */
export function watchCommits(storage: Storage): { storage: Storage; onCommit(listener: CommitListener): void } {
  const listeners: CommitListener[] = []
  return {
    storage: {
      ...storage,
      async commit(writes, owed) {
        const committed = await storage.commit(writes, owed)
        if (committed.done && writes.length > 0) for (const listener of listeners) listener(writes)
        return committed
      },
    },
    onCommit: (listener) => void listeners.push(listener),
  }
}
