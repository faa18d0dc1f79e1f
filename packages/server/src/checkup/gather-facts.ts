import type { ClientSecret } from '@gatehouse/contract/resources'
import { type AgeLimits, ageOfSecret } from '../clients/secret-age.ts'
import type { Context } from '../context.ts'
import { dayMs } from '../kernel/durations.ts'
import {
  findKeyRotation,
  findNewestBackup,
  findOldestUnsealed,
  listAllowLists,
  listFailingEndpoints,
  listKeyFacts,
  listSecretsInUse,
  listUnguardedAdmins,
} from './checkup.store.ts'

/** What the data tells of the state of an installation, over all tenants. Nothing in it is secret. */
export interface CheckupFacts {
  readonly engine: 'sqlite' | 'postgres'
  readonly secrets: readonly { readonly client: string; readonly age: ClientSecret['age']; readonly days: number }[]
  /** Clients that may call from everywhere. */
  readonly openClients: readonly string[]
  readonly keys: Awaited<ReturnType<typeof listKeyFacts>>
  /** The age of the key-encryption key: since it was rotated, or the first key was made. */
  readonly keyEncryptionKeyDays: number
  /** By address, or id. */
  readonly unguardedAdmins: readonly string[]
  readonly newestBackupAt: number | undefined
  readonly oldestUnsealedAt: number | undefined
  readonly failingWebhooks: readonly string[]
}

/** Reads all of it and changes nothing. */
export async function gatherFacts({ db, storage, now }: Context, limits: AgeLimits): Promise<CheckupFacts> {
  const secrets = await listSecretsInUse(db)
  const lists = await listAllowLists(db)
  const admins = await listUnguardedAdmins(db)
  const keys = await listKeyFacts(db)
  const keySince = (await findKeyRotation(db)) ?? Math.min(...keys.map(({ created_at }) => created_at))
  return {
    engine: storage.engine,
    secrets: secrets.map((secret) => ({
      client: secret.slug,
      age: ageOfSecret(secret, now, limits),
      days: Math.floor((now.getTime() - secret.created_at) / dayMs),
    })),
    openClients: lists.filter((each) => JSON.parse(each.allow_list).includes('any')).map(({ slug }) => slug),
    keys,
    keyEncryptionKeyDays: Math.max(0, Math.floor((now.getTime() - keySince) / dayMs)),
    unguardedAdmins: admins.map(({ id, email }) => email ?? id),
    newestBackupAt: await findNewestBackup(db),
    oldestUnsealedAt: await findOldestUnsealed(db),
    failingWebhooks: (await listFailingEndpoints(db)).map(({ url }) => url),
  }
}
