import { type Home, open, seal } from '../crypto/seal.ts'
import { newId } from '../kernel/ids.ts'
import type { Moment } from '../kernel/moment.ts'
import type { KeyPurpose, KeyRow } from './key.store.ts'
import type { KeyEncryptionKey, WrappingKeys } from './wrapping-keys.ts'

/** 256 bits of chance as a row: wrapped, in use from now on. */
export function wrapNewKey(purpose: KeyPurpose, wrappedBy: KeyEncryptionKey, moment: Moment): KeyRow {
  const id = newId('key', moment)
  return {
    id,
    purpose,
    ...wrapKey({ id, purpose }, moment.random(32), wrappedBy, moment),
    created_at: moment.now.getTime(),
    replaced_at: null,
    reseal_at: null,
  }
}

/** A key under a key-encryption key, for its own row and no other. */
export function wrapKey(
  row: Pick<KeyRow, 'id' | 'purpose'>,
  bytes: Uint8Array,
  wrappedBy: KeyEncryptionKey,
  moment: Pick<Moment, 'random'>,
): Pick<KeyRow, 'wrapped' | 'wrapped_by'> {
  return { wrapped: seal(wrappedBy, bytes, homeOfKey(row), moment), wrapped_by: wrappedBy.id }
}

/** @throws Error when the row is damaged, or was wrapped by a key-encryption key that is not at hand */
export function unwrapKey(row: Pick<KeyRow, 'id' | 'purpose' | 'wrapped' | 'wrapped_by'>, by: WrappingKeys): Buffer {
  return open((id) => (id === row.wrapped_by ? by.find(id) : undefined), row.wrapped, homeOfKey(row))
}

function homeOfKey(row: Pick<KeyRow, 'id' | 'purpose'>): Home {
  return { table: 'key', row: row.id, column: 'wrapped', tenant: '', purpose: row.purpose }
}
