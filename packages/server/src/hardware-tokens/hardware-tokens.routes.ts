import * as api from '@gatehouse/contract/token-operations'
import { type Site, serve } from '../http/serve.ts'
import { Fault } from '../kernel/fault.ts'
import type { Keyring } from '../keys/keyring.ts'
import { importTokens } from './import-tokens.ts'
import { listTokens } from './list-tokens.ts'

export function serveHardwareTokens(site: Site, { keys }: { readonly keys: Keyring }): void {
  serve(site, api.importHardwareTokens, async (ctx, { file, password, pre_shared_key }) => {
    const preSharedKey = pre_shared_key === undefined ? undefined : Buffer.from(pre_shared_key, 'hex')
    const imported = await importTokens(ctx, keys, file, { preSharedKey, password })
    if (imported.ok) return { count: imported.count }
    const errors = imported.errors.slice(0, 50).map((detail) => ({ pointer: '/file', code: 'not_importable', detail }))
    throw new Fault('invalid_request', { detail: 'Nothing was imported.', errors })
  })
  serve(site, api.listHardwareTokens, async (ctx, { limit, cursor = '' }) => {
    const rows = await listTokens(ctx, cursor, limit + 1)
    const data = rows.slice(0, limit)
    const hasMore = rows.length > limit
    return { data, has_more: hasMore, next_cursor: hasMore ? (data.at(-1)?.serial ?? null) : null }
  })
}
