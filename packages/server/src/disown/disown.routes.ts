import * as api from '@gatehouse/contract/disown-operations'
import { contextOf } from '../http/context-of.ts'
import { openIncident, type Site, serve } from '../http/serve.ts'
import { disownPage } from './disown-page.ts'
import { type DisownTools, disownByLink, disownSignIn } from './disown-sign-in.ts'

const html = 'text/html; charset=utf-8'
const contentPolicy =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export function serveDisown(site: Site, tools: DisownTools): void {
  serve(site, api.disownSignIn, disownSignIn(tools))

  site.http.register(async (pages) => {
    pages.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, _body, done) =>
      done(null, undefined),
    )
    pages.addHook('onRequest', async (_request, reply) => {
      reply.headers({ 'content-security-policy': contentPolicy, 'referrer-policy': 'no-referrer' }).type(html)
    })
    pages.get('/not-me', async () => disownPage('asks'))
    pages.post<{ Querystring: { token?: string | string[] } }>('/not-me', async (request) => {
      const { token } = request.query
      const ctx = contextOf(openIncident(request, site.house), site.house)
      const done = typeof token === 'string' && (await disownByLink(ctx, tools, token))
      return disownPage(done ? 'done' : 'too late')
    })
  })
}
