import type { Committed, Storage } from './storage/storage.ts'
import type { Write } from './storage/write.ts'

/** Called after a commit of this node that has changed something. Must be quick: the answer waits for it. */
export type CommitListener = (writes: readonly Write[]) => void

/** The same storage, telling of each commit. */
export function watchCommits(storage: Storage): { storage: Storage; onCommit(listener: CommitListener): void } {
  const listeners: CommitListener[] = []

  async function commitAndTell(...[writes, owed]: Parameters<Storage['commit']>): Promise<Committed> {
    const committed = await storage.commit(writes, owed)
    if (committed.done) for (const listener of listeners) listener(writes)
    return committed
  }

  return {
    storage: {
      ...storage,
      commit: (writes, owed) => (writes.length === 0 ? storage.commit(writes, owed) : commitAndTell(writes, owed)),
    },
    onCommit: (listener) => void listeners.push(listener),
  }
}
