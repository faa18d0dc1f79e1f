/** What a "this was not me" link leads to: opening it does nothing, pressing the button does. */
export function disownPage(state: 'asks' | 'done' | 'too late'): string {
  const said = {
    asks:
      '<h1>Was this sign-in not yours?</h1><p>Then somebody else knows your password. This ends every session of your account, and the password is good for nothing any more: you choose a new one.</p>' +
      '<form method="post"><button type="submit">Not me: secure my account</button></form>',
    done: '<h1>Your account is closed to whoever that was</h1><p>Everybody is signed out. Now choose a new password: use “forgot password” where you sign in.</p>',
    'too late':
      '<h1>There is nothing to do</h1><p>The password has been changed since, or the link is not complete or too old.</p>',
  }[state]
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Secure your account</title><link rel="stylesheet" href="/docs/assets/plain.css"></head><body><main>${said}</main></body></html>`
}
