import { type ProblemCode, problems } from '@gatehouse/contract/problems'

/** The frame around Swagger UI. Its start-up stands in a file, since no inline script runs here. */
export function docsPage(): string {
  return page(
    'API',
    '<link rel="stylesheet" href="/docs/assets/swagger-ui.css">',
    '<div id="swagger-ui"><p>This page needs JavaScript. The same as data: <a href="/openapi.json">/openapi.json</a></p></div>' +
      '<script src="/docs/assets/swagger-ui-bundle.js"></script><script src="/docs/assets/start.js"></script>',
  )
}

/** What a problem's `type` leads to. */
export function errorPage(code: ProblemCode): string {
  const { status, title, fix } = problems[code]
  return page(
    title,
    '<link rel="stylesheet" href="/docs/assets/plain.css">',
    `<main><h1>${escapeHtml(title)}</h1><p><code>${code}</code>, status ${status}</p><p>${escapeHtml(fix).replace(/`([^`]+)`/g, '<code>$1</code>')}</p>` +
      '<p><a href="/docs">All operations of the API</a></p></main>',
  )
}

function page(title: string, head: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)} · Gatehouse</title>${head}</head><body>${body}</body></html>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
