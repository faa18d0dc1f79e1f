import * as api from '@gatehouse/contract/account-operations'
import { Password } from '@gatehouse/contract/fields'
import type { Policy } from '@gatehouse/contract/policy'
import { problems } from '@gatehouse/contract/problems'
import { countRequest } from '../guard/count-request.ts'
import { sourceOf } from '../guard/source.ts'
import { contextOf } from '../http/context-of.ts'
import { toFault } from '../http/problem.ts'
import { recordRefusal } from '../http/record-refusal.ts'
import { openIncident, type Site, serve } from '../http/serve.ts'
import { parseInput } from '../kernel/parse-input.ts'
import type { Channels } from '../messages/channel.ts'
import { forgotPassword } from './forgot-password.ts'
import { resetPage, resetScript } from './reset-page.ts'
import { resetOnPage, resetPassword } from './reset-password.ts'

type Tools = Parameters<typeof resetPassword>[0] & { readonly channels: Channels; readonly policy: Policy }

const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** The two operations, and the page that the link of the mail leads to. */
export function servePasswordReset(site: Site, tools: Tools): void {
  serve(site, api.forgotPassword, forgotPassword(tools))
  serve(site, api.resetPassword, resetPassword(tools))

  const reset = resetOnPage(tools)
  site.http.register(async (pages) => {
    pages.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    pages.addHook('onRequest', async (_request, reply) => {
      reply.headers({ 'content-security-policy': contentPolicy, 'referrer-policy': 'no-referrer' })
      reply.type('text/html; charset=utf-8')
    })
    pages.get('/password/reset', async () => resetPage({ state: 'asks' }))
    pages.get('/password/reset.js', async (_request, reply) =>
      reply.type('text/javascript; charset=utf-8').send(resetScript),
    )
    pages.post('/password/reset', async (request, reply) => {
      const incident = openIncident(request, site.house)
      const ctx = contextOf(incident, site.house)
      const typed = new URLSearchParams(request.body instanceof Uint8Array ? Buffer.from(request.body).toString() : '')
      const token = (typed.get('token') ?? '').trim().slice(0, 256)
      try {
        const source = `rate auth page ${sourceOf(incident.address)}`
        const { refusal } = await countRequest(ctx, source, tools.policy.rateAuthPerMinute)
        if (refusal) throw refusal
        await reset(ctx, { token, new_password: parseInput(Password, typed.get('password') ?? '') })
        return resetPage({ state: 'done' })
      } catch (error) {
        const fault = await recordRefusal(site.house, incident, toFault(error))
        const { status, title, fix } = problems[fault.code]
        if (status >= 500) throw error
        reply.code(status)
        return resetPage({ state: 'asks', token, problem: fault.options.detail ?? `${title}. ${fix}` })
      }
    })
  })
}
