import { escapeHtml } from '../messages/fill-in.ts'

/** What the page says: it asks, it has done it, or what was wrong. */
export interface ResetPage {
  readonly state: 'asks' | 'done'
  /** What was typed, to be sent again; never the password. */
  readonly token?: string
  readonly problem?: string
}

/** Where the link of the mail leads. What stands behind its # never leaves the browser but in the body of the form. */
export function resetPage({ state, token = '', problem }: ResetPage): string {
  const said =
    state === 'done'
      ? '<h1>Your new password is set</h1><p>Everybody who was signed in to your account is signed out. Sign in with the new password.</p>'
      : `<h1>Set a new password</h1>${problem === undefined ? '' : `<p role="alert">${escapeHtml(problem)}</p>`}<form method="post" action="/password/reset"><p><label for="token">The part of the link behind the #</label><input id="token" name="token" value="${escapeHtml(token)}" autocomplete="off" spellcheck="false" required></p><p><label for="password">New password</label><input id="password" name="password" type="password" autocomplete="new-password" required></p><button>Set it</button></form><script src="/password/reset.js"></script>`
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>New password</title><link rel="stylesheet" href="/docs/assets/plain.css"></head><body><main>${said}</main></body></html>`
}

/** Without it the page works as well: the token is pasted then. */
export const resetScript = `const field = document.getElementById('token')
const given = location.hash.slice(1)
if (given) {
  field.value = given
  history.replaceState(null, '', location.pathname)
}
if (field.value) field.parentElement.hidden = true
document.getElementById('password').focus()
`
