import * as audit from '@gatehouse/contract/audit-operations'
import * as api from '@gatehouse/contract/log-operations'
import type { Policy } from '@gatehouse/contract/policy'
import { type Site, serve, serveFlow } from '../http/serve.ts'
import type { Keyring } from '../keys/keyring.ts'
import { exportAuditEvents } from './export-events.ts'
import { followAuditEvents, pollAuditEvents } from './follow-audit-events.ts'
import { listAuditEvents } from './list-audit-events.ts'
import { getConsistencyProof, getInclusionProof, getLogCheckpoint } from './proofs.ts'

export function serveLog(site: Site, { keys, policy }: { readonly keys: Keyring; readonly policy: Policy }): void {
  serve(site, api.listAuditEvents, listAuditEvents)
  serveFlow(site, audit.exportAuditEvents, exportAuditEvents(policy))
  const { clients, sessions, world } = site.house
  serve(
    site,
    audit.followAuditEvents,
    pollAuditEvents,
    followAuditEvents({ policy, clients, sessions, now: world.now }),
  )
  serve(site, api.getLogCheckpoint, getLogCheckpoint(keys))
  serve(site, api.getInclusionProof, getInclusionProof)
  serve(site, api.getConsistencyProof, getConsistencyProof)
}
