import * as api from '@gatehouse/contract/account-operations'
import { Password } from '@gatehouse/contract/fields'
import type { Policy } from '@gatehouse/contract/policy'
import { problems } from '@gatehouse/contract/problems'
import { countRequest } from '../guard/count-request.ts'
import { sourceOf } from '../guard/source.ts'
import { fail, openVisit, pageScope, readForm } from '../http/page-scope.ts'
import { type Site, serve } from '../http/serve.ts'
import { parseInput } from '../kernel/parse-input.ts'
import type { Channels } from '../messages/channel.ts'
import { troublePage } from '../pages/trouble-page.ts'
import { forgotPassword } from './forgot-password.ts'
import { resetPage, resetScript } from './reset-page.ts'
import { resetOnPage, resetPassword } from './reset-password.ts'

type Tools = Parameters<typeof resetPassword>[0] & { readonly channels: Channels; readonly policy: Policy }

/** The two operations, and the page that the link of the mail leads to. */
export function servePasswordReset(site: Site, tools: Tools): void {
  serve(site, api.forgotPassword, forgotPassword(tools))
  serve(site, api.resetPassword, resetPassword(tools))

  const reset = resetOnPage(tools)
  pageScope(
    site,
    (_request, failure) => troublePage(failure),
    (pages) => {
      pages.get('/password/reset', async () => resetPage({ state: 'asks' }))
      pages.get('/password/reset.js', async (_request, reply) =>
        reply.type('text/javascript; charset=utf-8').send(resetScript),
      )
      pages.post('/password/reset', async (request, reply) => {
        const { ctx, incident } = openVisit(site, request, reply, undefined)
        const typed = readForm(request)
        const token = (typed.get('token') ?? '').trim().slice(0, 256)
        try {
          const source = `rate auth page ${sourceOf(incident.address)}`
          const { refusal } = await countRequest(ctx, source, tools.policy.rateAuthPerMinute)
          if (refusal) throw refusal
          await reset(ctx, { token, new_password: parseInput(Password, typed.get('password') ?? '') })
          return resetPage({ state: 'done' })
        } catch (error) {
          const failure = await fail(site, incident, error)
          const { fault, status } = failure
          const { title, fix } = problems[fault.code]
          reply.code(status)
          if (status >= 500) return troublePage(failure)
          return resetPage({ state: 'asks', token, problem: fault.options.detail ?? `${title}. ${fix}` })
        }
      })
    },
  )
}
