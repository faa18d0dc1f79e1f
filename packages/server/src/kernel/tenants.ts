import type { TenantId } from './ids.ts'

/** The tenants of a fresh install. */
export const defaultTenantId: TenantId = 'ten_00000000000000000000000001'
export const defaultTestTenantId: TenantId = 'ten_00000000000000000000000002'
