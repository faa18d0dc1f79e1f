import { Password } from '@gatehouse/contract/fields'
import type { Policy } from '@gatehouse/contract/policy'
import { problems } from '@gatehouse/contract/problems'
import type { Context } from '../context.ts'
import { countRequest } from '../guard/count-request.ts'
import { sourceOf } from '../guard/source.ts'
import { parseInput } from '../kernel/parse-input.ts'
import type { LinkPage } from '../pages/link-page.ts'
import { linkScript } from '../pages/link-page.ts'
import { troublePage } from '../pages/trouble-page.ts'
import { fail, openVisit, pageScope, readForm } from './page-scope.ts'
import type { Site } from './serve.ts'

interface Link {
  readonly path: string
  readonly policy: Policy
  readonly show: (page: LinkPage) => string
  /** @throws Fault when it cannot be done, to be tried again on the page */
  readonly act: (ctx: Context, given: { readonly token: string; readonly password: string }) => Promise<unknown>
}

/** The page that the link of a mail leads to, where a password is chosen. */
export function serveLink(site: Site, { path, policy, show, act }: Link): void {
  pageScope(
    site,
    (_request, failure) => troublePage(failure),
    (pages) => {
      pages.get(path, async () => show({ state: 'asks' }))
      pages.get(`${path}.js`, async (_request, reply) => reply.type('text/javascript; charset=utf-8').send(linkScript))
      pages.post(path, async (request, reply) => {
        const { ctx, incident } = openVisit(site, request, reply, undefined)
        const typed = readForm(request)
        const token = (typed.get('token') ?? '').trim().slice(0, 256)
        try {
          const source = `rate auth page ${sourceOf(incident.address)}`
          const { refusal } = await countRequest(ctx, source, policy.rateAuthPerMinute)
          if (refusal) throw refusal
          await act(ctx, { token, password: parseInput(Password, typed.get('password') ?? '') })
          return show({ state: 'done' })
        } catch (error) {
          const failure = await fail(site, incident, error)
          const { fault, status } = failure
          const { title, fix } = problems[fault.code]
          reply.code(status)
          const { retryAfterSeconds } = fault.options
          if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds)
          if (status >= 500) return troublePage(failure)
          return show({ state: 'asks', token, problem: fault.options.detail ?? `${title}. ${fix}` })
        }
      })
    },
  )
}
