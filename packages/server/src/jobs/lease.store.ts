import type { Schema } from '../storage/schema.ts'
import type { Reader } from '../storage/storage.ts'
import { query, write } from '../storage/write.ts'

const leaseByName = query((db, p: { name: string }) => db.selectFrom('lease').selectAll().where('name', '=', p.name))

/** Who holds the lease, or held it last. */
export function findLease(db: Reader, name: string): Promise<Schema['lease'] | undefined> {
  return db.first(leaseByName, { name })
}

type Taken = Schema['lease'] & { readonly nowMs: number }

/**
 * Takes a lease that is free, or makes one's own last longer. One that ends later than any lease can was written by a
 * clock that has been set back since: it is free. Fails as `lease held`.
 */
export const takeLease = write<Taken>('exactlyOne', 'lease held', (db, p) =>
  db
    .insertInto('lease')
    .values({ name: p.name, holder: p.holder, until: p.until })
    .onConflict((on) =>
      on
        .column('name')
        .doUpdateSet({ holder: p.holder, until: p.until })
        .where((eb) =>
          eb.or([eb('lease.holder', '=', p.holder), eb('lease.until', '<=', p.nowMs), eb('lease.until', '>', p.until)]),
        ),
    ),
)

export const releaseLease = write<Pick<Schema['lease'], 'name' | 'holder'>>('anyNumber', 'lease', (db, p) =>
  db.deleteFrom('lease').where('name', '=', p.name).where('holder', '=', p.holder),
)
