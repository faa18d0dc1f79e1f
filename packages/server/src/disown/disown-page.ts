import { html } from '../pages/html.ts'
import { page } from '../pages/page.ts'

/** What a "this was not me" link leads to: opening it does nothing, pressing the button does. */
export function disownPage(state: 'asks' | 'done' | 'too late'): string {
  const { title, text } = {
    asks: {
      title: 'Was this sign-in not yours?',
      text: 'Then somebody else knows your password. This ends every session of your account, and the password is good for nothing any more: you choose a new one.',
    },
    done: {
      title: 'Your account is closed to whoever that was',
      text: 'Everybody is signed out. Now choose a new password: use “forgot password” where you sign in.',
    },
    'too late': {
      title: 'There is nothing to do',
      text: 'The password has been changed since, or the link is not complete or too old.',
    },
  }[state]
  const button = html`<form method="post"><button>Not me: secure my account</button></form>`
  return page({ lang: 'en', title, body: html`<p>${text}</p>${state === 'asks' && button}` })
}
