import type { Administrator } from '@gatehouse/contract/administrator-operations'
import type { Context } from '../context.ts'
import { isReal, listActiveFactors } from '../factors/list-factors.ts'
import type { UserId } from '../kernel/ids.ts'
import { listAdministratorRows } from './administrator.store.ts'
import { type AdministratorRow, getAdministratorRow, isAdministrator, tenantsOf } from './find-standing.ts'

/** An administrator as the API shows them. */
export async function showAdministrator(ctx: Context, row: AdministratorRow): Promise<Administrator> {
  const tenants = tenantsOf(row)
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    tenants: tenants && [...tenants],
    has_mfa: await hasFactor(ctx, row.id),
    created_at: new Date(row.created_at).toISOString(),
  }
}

export async function getAdministrator(ctx: Context, id: UserId): Promise<Administrator> {
  return showAdministrator(ctx, await getAdministratorRow(ctx, id))
}

/** All of them, the first one first. */
export async function listAdministrators(ctx: Context): Promise<{ data: Administrator[] }> {
  const rows = await listAdministratorRows(ctx.db)
  return { data: await Promise.all(rows.filter(isAdministrator).map((row) => showAdministrator(ctx, row))) }
}

/** The other owners who could sign in now. */
export async function listOtherOwners(ctx: Context, id: UserId): Promise<readonly AdministratorRow[]> {
  // Rows before factors: whoever holds a row later finds out whether the factors were still these.
  const rows = (await listAdministratorRows(ctx.db)).filter(isAdministrator)
  const owners = rows.filter((row) => row.role === 'owner' && row.id !== id)
  const able = await Promise.all(owners.map((row) => hasFactor(ctx, row.id)))
  return owners.filter((_, index) => able[index])
}

async function hasFactor(ctx: Context, id: UserId): Promise<boolean> {
  const factors = await listActiveFactors(ctx, id)
  return factors.some((factor) => isReal(factor) && factor.suspended_at === null)
}
