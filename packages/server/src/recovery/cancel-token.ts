import type { Home } from '../crypto/seal.ts'
import type { Id, TenantId } from '../kernel/ids.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Keyring } from '../keys/keyring.ts'
import { openText, sealText } from '../keys/sealed-text.ts'

interface Place {
  readonly id: Id<'rec'>
  readonly tenant_id: TenantId
}

const home: Home = { table: 'recovery_request', row: '', column: 'cancel', tenant: '', purpose: 'cancel' }
const form = /^(ten_[0-9a-z]{26}) (rec_[0-9a-z]{26})$/

/** What a cancel link carries: which request it cancels, sealed, so that nothing of it is stored and nobody can make one. */
export function cancelToken(keys: Keyring, { id, tenant_id }: Place, moment: Moment): string {
  return sealText(keys, `${tenant_id} ${id}`, home, moment)
}

/** Undefined for what was not made here. */
export function readCancelToken(keys: Keyring, token: string): Place | undefined {
  const [, tenantId, id] = form.exec(openText(keys, token, home) ?? '') ?? []
  return id === undefined ? undefined : { id: id as Id<'rec'>, tenant_id: tenantId as TenantId }
}
