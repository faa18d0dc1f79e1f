import { html } from './html.ts'
import { page } from './page.ts'

/** It asks, it has been done, or nothing can be done any more. */
export type ConfirmState = 'asks' | 'done' | 'too late'

interface ConfirmWords extends Readonly<Record<ConfirmState, { readonly title: string; readonly text: string }>> {
  readonly button: string
}

/** What a link of a mail leads to that needs no more than a yes: opening it does nothing, pressing the button does. */
export function confirmPage(words: ConfirmWords): (state: ConfirmState) => string {
  const button = html`<form method="post"><button>${words.button}</button></form>`
  return (state) => {
    const { title, text } = words[state]
    return page({ lang: 'en', title, body: html`<p>${text}</p>${state === 'asks' && button}` })
  }
}
