import * as api from '@gatehouse/contract/push-operations'
import { type Site, serve } from '../http/serve.ts'
import { answerPushRequest } from './answer-push-request.ts'
import type { DeviceTools } from './demand-signature.ts'
import { listPushRequests } from './list-push-requests.ts'
import { pairDevice } from './pair-device.ts'

/** What devices call that approve sign-ins. */
export function servePush(site: Site, tools: DeviceTools & { readonly issuer: string }): void {
  serve(site, api.pairDevice, pairDevice(tools))
  serve(site, api.listPushRequests, listPushRequests(tools))
  serve(site, api.answerPushRequest, answerPushRequest(tools))
}
