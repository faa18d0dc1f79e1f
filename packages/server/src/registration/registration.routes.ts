import * as api from '@gatehouse/contract/registration-operations'
import { type Site, serve } from '../http/serve.ts'
import { serveLink } from '../http/serve-link.ts'
import { linkPage } from '../pages/link-page.ts'
import { type CompleteTools, completeRegistration, registerOnPage } from './complete-registration.ts'
import { type RequestTools, requestRegistration } from './request-registration.ts'

/** The two operations, and the page that the link of the mail leads to. */
export function serveRegistration(site: Site, tools: RequestTools & CompleteTools): void {
  serve(site, api.requestRegistration, requestRegistration(tools))
  serve(site, api.completeRegistration, completeRegistration(tools))

  const path = '/register'
  const show = linkPage(path, {
    title: 'Make your account',
    label: 'Choose a password',
    button: 'Make the account',
    doneTitle: 'Your account is ready',
    done: 'Go back to the application and sign in.',
  })
  serveLink(site, { path, policy: tools.policy, show, act: registerOnPage(tools) })
}
