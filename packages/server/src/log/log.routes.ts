import * as api from '@gatehouse/contract/operations'
import { type Site, serve } from '../http/serve.ts'
import type { Keyring } from '../keys/keyring.ts'
import { listAuditEvents } from './list-audit-events.ts'
import { getConsistencyProof, getInclusionProof, getLogCheckpoint } from './proofs.ts'

export function serveLog(site: Site, { keys }: { readonly keys: Keyring }): void {
  serve(site, api.listAuditEvents, listAuditEvents)
  serve(site, api.getLogCheckpoint, getLogCheckpoint(keys))
  serve(site, api.getInclusionProof, getInclusionProof)
  serve(site, api.getConsistencyProof, getConsistencyProof)
}
