import * as api from '@gatehouse/contract/recovery-operations'
import { openVisit, pageScope } from '../http/page-scope.ts'
import { type Site, serve } from '../http/serve.ts'
import { troublePage } from '../pages/trouble-page.ts'
import { cancelPage } from './cancel-page.ts'
import { cancelByLink, cancelRecovery, getRequest } from './cancel-recovery.ts'
import { requestRecovery } from './request-recovery.ts'

export function serveRecovery(site: Site, tools: Parameters<typeof requestRecovery>[0]): void {
  serve(site, api.requestRecovery, requestRecovery(tools))
  serve(site, api.getRecoveryRequest, getRequest)
  serve(site, api.cancelRecovery, cancelRecovery)

  pageScope(
    site,
    (_request, failure) => troublePage(failure),
    (pages) => {
      pages.get('/recovery/cancel', async () => cancelPage('asks'))
      pages.post<{ Querystring: { token?: string | string[] } }>('/recovery/cancel', async (request, reply) => {
        const { token } = request.query
        const { ctx } = openVisit(site, request, reply, undefined)
        const done = typeof token === 'string' && (await cancelByLink(ctx, tools.keys, token))
        return cancelPage(done ? 'cancelled' : 'too late')
      })
    },
  )
}
