import type { Context } from '../context.ts'
import { newId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { FactorRow } from './factor.store.ts'
import { sealData } from './stored-factor.ts'

type Given = Pick<FactorRow, 'type' | 'user_id'> &
  Partial<Pick<FactorRow, 'label' | 'handle' | 'confirmed_at' | 'expires_at'>> & { readonly data: unknown }

/** A factor that was not there before, its data sealed: nameless, pending and for ever, where nothing else is said. */
export function newFactor(ctx: Context, keys: Keyring, { data, ...given }: Given): FactorRow {
  const place = { id: newId('fac', ctx), tenant_id: ctx.tenantId, type: given.type }
  return {
    label: null,
    handle: null,
    confirmed_at: null,
    expires_at: null,
    ...given,
    ...place,
    data: sealData(keys, place, data, ctx),
    version: 1,
    created_at: ctx.now.getTime(),
    last_used_at: null,
    suspended_at: null,
    renew_by: null,
    renewal_note_at: null,
  }
}
