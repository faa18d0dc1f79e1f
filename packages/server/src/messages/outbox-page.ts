import { html } from '../pages/html.ts'
import { page } from '../pages/page.ts'
import type { CapturedMessage } from './captured-messages.ts'

/** The page of what would have been sent, the newest first. */
export function outboxPage(messages: readonly CapturedMessage[]): string {
  const list = messages.toReversed().map(showMessage)
  const hint = html`<p class="hint">Messages that this server would have sent. They are kept in memory, in development only. <a href="/dev/outbox.json">As JSON</a></p>`
  const body = html`${hint}${list.length === 0 ? html`<p>There is none yet.</p>` : list}`
  return page({ lang: 'en', title: 'Outbox', name: 'Gatehouse', body })
}

function showMessage({ at, channel, to, subject, text }: CapturedMessage) {
  const title = subject !== undefined && html`<p><strong>${subject}</strong></p>`
  return html`<article><h2>${to}</h2><p class="hint">${channel}, <time>${at.toISOString()}</time></p>${title}<pre>${text}</pre></article>`
}
