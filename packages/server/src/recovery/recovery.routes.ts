import * as api from '@gatehouse/contract/recovery-operations'
import { contextOf } from '../http/context-of.ts'
import { openIncident, type Site, serve } from '../http/serve.ts'
import { cancelPage } from './cancel-page.ts'
import { cancelByLink, cancelRecovery, getRequest } from './cancel-recovery.ts'
import { requestRecovery } from './request-recovery.ts'

const html = 'text/html; charset=utf-8'
const contentPolicy =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export function serveRecovery(site: Site, tools: Parameters<typeof requestRecovery>[0]): void {
  serve(site, api.requestRecovery, requestRecovery(tools))
  serve(site, api.getRecoveryRequest, getRequest)
  serve(site, api.cancelRecovery, cancelRecovery)

  site.http.register(async (pages) => {
    pages.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, _body, done) =>
      done(null, undefined),
    )
    pages.addHook('onRequest', async (_request, reply) => {
      reply.headers({ 'content-security-policy': contentPolicy, 'referrer-policy': 'no-referrer' }).type(html)
    })
    pages.get('/recovery/cancel', async () => cancelPage('asks'))
    pages.post<{ Querystring: { token?: string | string[] } }>('/recovery/cancel', async (request) => {
      const { token } = request.query
      const ctx = contextOf(openIncident(request, site.house), site.house)
      const done = typeof token === 'string' && (await cancelByLink(ctx, tools.keys, token))
      return cancelPage(done ? 'cancelled' : 'too late')
    })
  })
}
