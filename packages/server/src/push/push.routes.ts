import { getPushDeliveries as getDeliveries } from '@gatehouse/contract/message-operations'
import * as api from '@gatehouse/contract/push-operations'
import { type Site, serve } from '../http/serve.ts'
import { answerPushRequest } from './answer-push-request.ts'
import { getPushDeliveries } from './count-deliveries.ts'
import type { DeviceTools } from './demand-signature.ts'
import { listPushRequests } from './list-push-requests.ts'
import { pairDevice } from './pair-device.ts'
import { type PushTransports, subscribeDevice } from './subscribe-device.ts'

interface Tools extends DeviceTools {
  readonly issuer: string
  readonly transports: PushTransports
}

/** What devices call that approve sign-ins. */
export function servePush(site: Site, tools: Tools): void {
  serve(site, api.pairDevice, pairDevice(tools))
  serve(site, api.listPushRequests, listPushRequests(tools))
  serve(site, api.answerPushRequest, answerPushRequest(tools))
  serve(site, api.subscribeDevice, subscribeDevice(tools))
  serve(site, getDeliveries, getPushDeliveries)
  serve(site, api.getPushTransports, async () => tools.transports.shown)
}
