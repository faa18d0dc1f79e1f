import * as api from '@gatehouse/contract/disown-operations'
import { type Site, serve } from '../http/serve.ts'
import { serveConfirm } from '../http/serve-confirm.ts'
import { confirmPage } from '../pages/confirm-page.ts'
import { type DisownTools, disownByLink, disownSignIn } from './disown-sign-in.ts'

/** The operation, and the page that a "this was not me" link leads to. */
export function serveDisown(site: Site, tools: DisownTools): void {
  serve(site, api.disownSignIn, disownSignIn(tools))

  const show = confirmPage({
    asks: {
      title: 'Was this sign-in not yours?',
      text: 'Then somebody else knows your password. This ends every session of your account, and the password is good for nothing any more: you choose a new one.',
    },
    button: 'Not me: secure my account',
    done: {
      title: 'Your account is closed to whoever that was',
      text: 'Everybody is signed out. Now choose a new password: use “forgot password” where you sign in.',
    },
    'too late': {
      title: 'There is nothing to do',
      text: 'The password has been changed since, or the link is not complete or too old.',
    },
  })
  serveConfirm(site, { path: '/not-me', show, act: (ctx, token) => disownByLink(ctx, tools, token) })
}
