import { html } from '../pages/html.ts'
import { page } from '../pages/page.ts'

/** What the page says: it asks, it has done it, or what was wrong. */
export interface ResetPage {
  readonly state: 'asks' | 'done'
  /** What was typed, to be sent again; never the password. */
  readonly token?: string
  readonly problem?: string
}

/** Where the link of the mail leads. What stands behind its # never leaves the browser but in the body of the form. */
export function resetPage({ state, token = '', problem }: ResetPage): string {
  if (state === 'done') {
    const done = 'Everybody who was signed in to your account is signed out. Sign in with the new password.'
    return page({ lang: 'en', title: 'Your new password is set', body: html`<p>${done}</p>` })
  }
  const isWrong = problem !== undefined && html` aria-invalid="true" aria-describedby="problem"`
  const body = html`<form method="post" action="/password/reset"><div><label for="token">The part of the link behind the #</label><input type="text" id="token" name="token" value="${token}" autocomplete="off" spellcheck="false" required></div><label for="password">New password</label><input id="password" name="password" type="password" autocomplete="new-password" required data-focus${isWrong}><button class="link" type="button" hidden data-show="password" data-hide="Hide password">Show password</button><button>Set it</button></form>`
  return page({ lang: 'en', title: 'Set a new password', body, problem, script: '/password/reset.js' })
}

/** Without it the page works as well: the token is pasted then. */
export const resetScript = `const field = document.getElementById('token')
const given = location.hash.slice(1)
if (given) {
  field.value = given
  history.replaceState(null, '', location.pathname)
}
if (field.value) field.parentElement.hidden = true
`
