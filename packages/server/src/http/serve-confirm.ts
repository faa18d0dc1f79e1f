import type { Context } from '../context.ts'
import type { ConfirmState } from '../pages/confirm-page.ts'
import { troublePage } from '../pages/trouble-page.ts'
import { openVisit, pageScope } from './page-scope.ts'
import type { Site } from './serve.ts'

interface Confirm {
  readonly path: string
  readonly show: (state: ConfirmState) => string
  /** False when it is too late, or the token is none. */
  readonly act: (ctx: Context, token: string) => Promise<boolean>
}

/** The page that the link of a mail leads to, where a button does what the link is for. */
export function serveConfirm(site: Site, { path, show, act }: Confirm): void {
  pageScope(
    site,
    (_request, failure) => troublePage(failure),
    (pages) => {
      pages.get(path, async () => show('asks'))
      pages.post<{ Querystring: { token?: string | string[] } }>(path, async (request, reply) => {
        const { token } = request.query
        const { ctx } = openVisit(site, request, reply, undefined)
        const isDone = typeof token === 'string' && (await act(ctx, token))
        return show(isDone ? 'done' : 'too late')
      })
    },
  )
}
