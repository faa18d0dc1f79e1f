import * as api from '@gatehouse/contract/operations'
import { type Site, serve } from '../http/serve.ts'
import { listAuditEvents } from './list-audit-events.ts'

export function serveLog(site: Site): void {
  serve(site, api.listAuditEvents, listAuditEvents)
}
