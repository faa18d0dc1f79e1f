import { type AdministratorRole, isAdministratorRole } from '@gatehouse/contract/administration'
import type { Context } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import type { UserId } from '../kernel/ids.ts'
import { systemTenantId } from '../kernel/tenants.ts'
import { findUserById } from '../users/find-user-by-id.ts'
import type { UserRow } from '../users/get-user.ts'

/** A user who is an administrator now. */
export type AdministratorRow = UserRow & { readonly role: AdministratorRole }

/** What an administrator may do, and where: from their row as it is now, and never from memory. */
export interface Standing {
  readonly role: AdministratorRole
  /** Names of tenants; null for all. */
  readonly tenants: readonly string[] | null
}

/** Undefined for everybody who is none any more. */
export async function findStanding(ctx: Context, id: UserId): Promise<Standing | undefined> {
  const row = await findAdministratorRow(ctx, id)
  return row && { role: row.role, tenants: tenantsOf(row) }
}

/** @throws Fault `not_found` */
export async function getAdministratorRow(ctx: Context, id: UserId): Promise<AdministratorRow> {
  const row = await findAdministratorRow(ctx, id)
  if (!row) throw new Fault('not_found')
  return row
}

async function findAdministratorRow(ctx: Context, id: UserId): Promise<AdministratorRow | undefined> {
  const row = await findUserById({ ...ctx, tenantId: systemTenantId }, id)
  return row && isAdministrator(row) ? row : undefined
}

export function isAdministrator(row: UserRow): row is AdministratorRow {
  return row.disabled_at === null && isAdministratorRole(row.role)
}

export function tenantsOf({ looks_after }: Pick<UserRow, 'looks_after'>): readonly string[] | null {
  return looks_after === null ? null : (JSON.parse(looks_after) as string[])
}
