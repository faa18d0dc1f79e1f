import * as api from '@gatehouse/contract/disown-operations'
import { openVisit, pageScope } from '../http/page-scope.ts'
import { type Site, serve } from '../http/serve.ts'
import { troublePage } from '../pages/trouble-page.ts'
import { disownPage } from './disown-page.ts'
import { type DisownTools, disownByLink, disownSignIn } from './disown-sign-in.ts'

export function serveDisown(site: Site, tools: DisownTools): void {
  serve(site, api.disownSignIn, disownSignIn(tools))

  pageScope(
    site,
    (_request, failure) => troublePage(failure),
    (pages) => {
      pages.get('/not-me', async () => disownPage('asks'))
      pages.post<{ Querystring: { token?: string | string[] } }>('/not-me', async (request, reply) => {
        const { token } = request.query
        const { ctx } = openVisit(site, request, reply, undefined)
        const done = typeof token === 'string' && (await disownByLink(ctx, tools, token))
        return disownPage(done ? 'done' : 'too late')
      })
    },
  )
}
