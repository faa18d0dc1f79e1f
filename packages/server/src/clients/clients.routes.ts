import * as api from '@gatehouse/contract/client-operations'
import { type Site, serve } from '../http/serve.ts'
import { changeClient, disableClient, enableClient } from './change-client.ts'
import type { ClientTools } from './client-tools.ts'
import { getClient, listSecrets } from './get-client.ts'
import { listClients } from './list-clients.ts'
import { registerClient } from './register-client.ts'
import { revokeSecret } from './revoke-secret.ts'
import { rotateSecret } from './rotate-secret.ts'

export function serveClients(site: Site, tools: ClientTools): void {
  serve(site, api.createClient, registerClient(tools))
  serve(site, api.getClient, getClient)
  serve(site, api.listClients, listClients)
  serve(site, api.changeClient, changeClient(tools))
  serve(site, api.disableClient, disableClient(tools))
  serve(site, api.enableClient, enableClient(tools))
  serve(site, api.listClientSecrets, listSecrets(tools.policy))
  serve(site, api.rotateClientSecret, rotateSecret(tools))
  serve(site, api.revokeClientSecret, revokeSecret(tools))
}
