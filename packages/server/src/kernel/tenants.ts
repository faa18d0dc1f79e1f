import type { ClientId, TenantId } from './ids.ts'

/** The tenants of a fresh install. */
export const defaultTenantId: TenantId = 'ten_00000000000000000000000001'
export const defaultTestTenantId: TenantId = 'ten_00000000000000000000000002'

/** The tenant of the administrators themselves: no application is of it. */
export const systemTenantId: TenantId = 'ten_00000000000000000000000003'
/** What administrators sign in to. It has no secret, so that nothing can be signed as it. */
export const consoleClientId: ClientId = 'cli_00000000000000000000000001'
export const consoleSlug = 'console'
