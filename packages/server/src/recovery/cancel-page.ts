import { html } from '../pages/html.ts'
import { page } from '../pages/page.ts'

/** What a cancel link leads to: opening it does nothing, pressing the button does. */
export function cancelPage(state: 'asks' | 'cancelled' | 'too late'): string {
  const { title, text } = {
    asks: {
      title: 'Stop the recovery of your account?',
      text: 'Somebody with your password says that they have lost every way to confirm a sign-in.',
    },
    cancelled: {
      title: 'It is stopped',
      text: 'Nobody gets in by it. Change your password now: whoever asked knows it.',
    },
    'too late': { title: 'There is nothing to stop', text: 'It has ended, or the link is not complete.' },
  }[state]
  const button = html`<form method="post"><button>Stop it: this was not me</button></form>`
  return page({ lang: 'en', title, body: html`<p>${text}</p>${state === 'asks' && button}` })
}
