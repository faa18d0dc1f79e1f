import * as api from '@gatehouse/contract/account-operations'
import type { Policy } from '@gatehouse/contract/policy'
import { type Site, serve } from '../http/serve.ts'
import { serveLink } from '../http/serve-link.ts'
import type { Channels } from '../messages/channel.ts'
import { linkPage } from '../pages/link-page.ts'
import { forgotPassword } from './forgot-password.ts'
import { resetOnPage, resetPassword } from './reset-password.ts'

type Tools = Parameters<typeof resetPassword>[0] & { readonly channels: Channels; readonly policy: Policy }

/** The two operations, and the page that the link of the mail leads to. */
export function servePasswordReset(site: Site, tools: Tools): void {
  serve(site, api.forgotPassword, forgotPassword(tools))
  serve(site, api.resetPassword, resetPassword(tools))

  const path = '/password/reset'
  const show = linkPage(path, {
    title: 'Set a new password',
    label: 'New password',
    button: 'Set it',
    doneTitle: 'Your new password is set',
    done: 'Everybody who was signed in to your account is signed out. Sign in with the new password.',
  })
  const reset = resetOnPage(tools)
  const act = (ctx: Parameters<typeof reset>[0], { token, password }: { token: string; password: string }) =>
    reset(ctx, { token, new_password: password })
  serveLink(site, { path, policy: tools.policy, show, act })
}
