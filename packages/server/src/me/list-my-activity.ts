import type { listMyActivity as Contract } from '@gatehouse/contract/me-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import type { AuditEvent } from '@gatehouse/contract/resources'
import type { Context } from '../context.ts'
import { readPage } from '../log/list-audit-events.ts'
import { ownId } from './owned-by-self.ts'

/** What is on record about whoever asks. */
export async function listMyActivity(ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> {
  const page = await readPage(ctx, { ...input, user_id: ownId(ctx) })
  return { ...page, data: page.data.map(withoutDiagnosis) }
}

const plain: ReadonlySet<string> = new Set(['reason', 'factor_id', 'factor_type', 'challenge_id', 'purpose'])

/**
 * A wrong code without what it looked like: who has an access token and no factor could guess, read here which code is
 * good in two minutes, and wait for it.
 */
function withoutDiagnosis(event: AuditEvent): AuditEvent {
  if (event.type !== 'factor.rejected') return event
  return { ...event, data: Object.fromEntries(Object.entries(event.data).filter(([name]) => plain.has(name))) }
}
