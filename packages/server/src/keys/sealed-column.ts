import { type Home, keyIdIn } from '../crypto/seal.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import type { Write } from '../storage/write.ts'
import type { Keyring } from './keyring.ts'
import { type Cell, listSealedRows, type Row, replacerOf } from './sealed.store.ts'

/** One column of sealed values, as the rotation of keys sees it. */
export interface SealedColumn {
  readonly name: string
  /** The next values in the order of their rows. Rows that hold none are among them. */
  list(db: Reader, after: Row | undefined, limit: number): Promise<readonly Found[]>
}

export interface Found {
  readonly row: Row
  /** Undefined where the row holds no sealed value. */
  readonly keyId: string | undefined
  /** The write that seals it anew under the current key. @throws Error when it does not open */
  reseal(keys: Keyring, moment: Pick<Moment, 'random'>): Write
}

interface Declared<Table extends keyof Schema, Name extends keyof Schema[Table] & string> {
  readonly table: Table
  readonly column: keyof Schema[Table] & string
  readonly key: readonly [Name] | readonly [Name, Name]
  readonly also: readonly Name[]
  readonly home: (row: Pick<Schema[Table], Name>) => Home
  /** Where the column is text: what stands before a sealed value in base64. Other texts are none. */
  readonly mark?: string
}

/**
 * Declares a column of sealed values. Every one must stand in `sealed-columns.ts`: what is not there is not sealed anew,
 * and is lost with its key.
 */
export function sealedColumn<Table extends keyof Schema, Name extends keyof Schema[Table] & string>(
  declared: Declared<Table, Name>,
): SealedColumn {
  const { column, mark } = declared
  const replace = replacerOf(declared)
  const bytesOf = (value: Cell | undefined): Uint8Array | undefined => {
    if (mark === undefined) return value instanceof Uint8Array ? value : undefined
    return typeof value === 'string' && value.startsWith(mark)
      ? Buffer.from(value.slice(mark.length), 'base64')
      : undefined
  }

  function look(row: Row): Found {
    const sealed = bytesOf(row[column])
    return {
      row,
      keyId: sealed && keyIdIn(sealed),
      reseal(keys, moment) {
        const home = declared.home(row as unknown as Pick<Schema[Table], Name>)
        const fresh = keys.seal(keys.open(sealed ?? new Uint8Array(), home), home, moment)
        return replace(row, mark === undefined ? fresh : `${mark}${fresh.toString('base64')}`)
      },
    }
  }

  return {
    name: `${declared.table}.${column}`,
    list: async (db, after, limit) => (await listSealedRows(db, declared, after, limit)).map(look),
  }
}
