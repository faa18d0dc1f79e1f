import * as api from '@gatehouse/contract/recovery-operations'
import { type Site, serve } from '../http/serve.ts'
import { serveConfirm } from '../http/serve-confirm.ts'
import { confirmPage } from '../pages/confirm-page.ts'
import { cancelByLink, cancelRecovery, getRequest } from './cancel-recovery.ts'
import { requestRecovery } from './request-recovery.ts'

/** The operations, and the page that a cancel link leads to. */
export function serveRecovery(site: Site, tools: Parameters<typeof requestRecovery>[0]): void {
  serve(site, api.requestRecovery, requestRecovery(tools))
  serve(site, api.getRecoveryRequest, getRequest)
  serve(site, api.cancelRecovery, cancelRecovery)

  const show = confirmPage({
    asks: {
      title: 'Stop the recovery of your account?',
      text: 'Somebody with your password says that they have lost every way to confirm a sign-in.',
    },
    button: 'Stop it: this was not me',
    done: {
      title: 'It is stopped',
      text: 'Nobody gets in by it. Change your password now: whoever asked knows it.',
    },
    'too late': { title: 'There is nothing to stop', text: 'It has ended, or the link is not complete.' },
  })
  serveConfirm(site, { path: '/recovery/cancel', show, act: (ctx, token) => cancelByLink(ctx, tools.keys, token) })
}
