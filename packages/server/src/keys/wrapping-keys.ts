import type { KeyObject } from 'node:crypto'

/** The key that wraps all others. Its id stands in what it wrapped. */
export interface KeyEncryptionKey {
  readonly id: string
  readonly key: KeyObject
}

/** The key-encryption keys that are at hand: the one that wraps now, and those from before that still open. */
export interface WrappingKeys {
  newest(): KeyEncryptionKey
  find(id: string): KeyObject | undefined
}

/** Those that are given, the newest first. */
export function wrappingKeys(newest: KeyEncryptionKey, ...older: readonly KeyEncryptionKey[]): WrappingKeys {
  return { newest: () => newest, find: (id) => [newest, ...older].find((each) => each.id === id)?.key }
}
