import * as api from '@gatehouse/contract/webhook-operations'
import { type Site, serve } from '../http/serve.ts'
import { changeEndpoint, removeEndpoint, rotateSecret } from './change-endpoint.ts'
import { createEndpoint } from './create-endpoint.ts'
import { getDelivery, listDeliveries } from './list-deliveries.ts'
import { getEndpoint, listEndpoints } from './list-endpoints.ts'
import { replayFailed, replayOne, sendSample } from './replay.ts'
import type { WebhookTools } from './webhook-tools.ts'

export function serveWebhooks(site: Site, tools: WebhookTools): void {
  serve(site, api.createWebhookEndpoint, createEndpoint(tools))
  serve(site, api.getWebhookEndpoint, getEndpoint(tools))
  serve(site, api.listWebhookEndpoints, listEndpoints(tools))
  serve(site, api.changeWebhookEndpoint, changeEndpoint(tools))
  serve(site, api.removeWebhookEndpoint, removeEndpoint)
  serve(site, api.rotateWebhookSecret, rotateSecret(tools))
  serve(site, api.testWebhookEndpoint, sendSample)
  serve(site, api.replayWebhookEndpoint, replayFailed)
  serve(site, api.listWebhookDeliveries, listDeliveries)
  serve(site, api.getWebhookDelivery, getDelivery)
  serve(site, api.replayWebhookDelivery, replayOne)
}
