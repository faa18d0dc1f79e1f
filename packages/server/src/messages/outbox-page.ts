import type { CapturedMessage } from './captured-messages.ts'
import { escapeHtml } from './fill-in.ts'

/** The page of what would have been sent, the newest first. */
export function outboxPage(messages: readonly CapturedMessage[]): string {
  const list = messages.toReversed().map(showMessage).join('\n')
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Outbox · Gatehouse</title>
<link rel="stylesheet" href="/docs/assets/plain.css"></head>
<body><main><h1>Outbox</h1>
<p>Messages that this server would have sent. They are kept in memory, in development only. <a href="/dev/outbox.json">As JSON</a></p>
${list || '<p>There is none yet.</p>'}
</main></body></html>
`
}

function showMessage({ at, channel, to, subject, text }: CapturedMessage): string {
  const title = subject === undefined ? '' : `<p><strong>${escapeHtml(subject)}</strong></p>`
  return `<article><h2>${escapeHtml(to)}</h2>
<p>${channel}, <time>${at.toISOString()}</time></p>${title}
<pre>${escapeHtml(text)}</pre></article>`
}
