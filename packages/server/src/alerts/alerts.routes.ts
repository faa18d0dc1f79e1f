import * as api from '@gatehouse/contract/alert-operations'
import { type Site, serve } from '../http/serve.ts'
import { actOnAlert } from './act-on-alert.ts'
import { acknowledgeAlert, expectAlert, resolveAlert } from './change-alert.ts'
import { getAlert, listAlerts } from './list-alerts.ts'

export function serveAlerts(site: Site, tools: Parameters<typeof actOnAlert>[0]): void {
  serve(site, api.listAlerts, listAlerts)
  serve(site, api.getAlert, getAlert)
  serve(site, api.acknowledgeAlert, acknowledgeAlert)
  serve(site, api.resolveAlert, resolveAlert)
  serve(site, api.expectAlert, expectAlert)
  serve(site, api.actOnAlert, actOnAlert(tools))
}
