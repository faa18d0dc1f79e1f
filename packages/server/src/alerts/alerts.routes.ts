import * as api from '@gatehouse/contract/alert-operations'
import { type Site, serve } from '../http/serve.ts'
import { actOnAlert } from './act-on-alert.ts'
import { acknowledgeAlert, expectAlert, resolveAlert } from './change-alert.ts'
import { followAlerts, pollAlerts } from './follow-alerts.ts'
import { getAlert, listAlerts } from './list-alerts.ts'

export function serveAlerts(site: Site, tools: Parameters<typeof actOnAlert>[0]): void {
  serve(site, api.listAlerts, listAlerts)
  serve(site, api.getAlert, getAlert)
  const { clients, sessions, world } = site.house
  serve(site, api.followAlerts, pollAlerts, followAlerts({ policy: tools.policy, clients, sessions, now: world.now }))
  serve(site, api.acknowledgeAlert, acknowledgeAlert)
  serve(site, api.resolveAlert, resolveAlert)
  serve(site, api.expectAlert, expectAlert)
  serve(site, api.actOnAlert, actOnAlert(tools))
}
