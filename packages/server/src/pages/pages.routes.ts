import { openApiDocument } from '@gatehouse/contract/openapi'
import { problems } from '@gatehouse/contract/problems'
import type { Site } from '../http/serve.ts'
import { Fault } from '../kernel/fault.ts'
import { docsPage, errorPage } from './docs-page.ts'
import { pageScript } from './page-script.ts'
import { pageStyle } from './page-style.ts'
import { readSwaggerAsset } from './swagger-assets.ts'

/** `/docs` loads nothing from elsewhere. The page draws with style attributes; scripts are ours, by file, alone. */
const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const html = 'text/html; charset=utf-8'

/** What everybody may read: the OpenAPI document, and the pages that explain the API. */
export function servePages({ http, house }: Site): void {
  const files = {
    '/pages/style.css': ['text/css', pageStyle],
    '/pages/page.js': ['text/javascript', pageScript],
  } as const
  for (const [path, [type, text]] of Object.entries(files)) {
    http.get(path, async (_request, reply) =>
      reply.header('cache-control', 'public, max-age=300').type(`${type}; charset=utf-8`).send(text),
    )
  }

  // Made once, and when it is asked for: it takes a tenth of a second, in which nobody else is answered.
  let document: Buffer | undefined
  http.get('/openapi.json', async (_request, reply) => {
    document ??= Buffer.from(JSON.stringify(openApiDocument(house.publicUrl)))
    return reply.type('application/json; charset=utf-8').send(document)
  })
  http.get('/docs', async (_request, reply) =>
    reply.header('content-security-policy', docsPolicy).type(html).send(docsPage()),
  )
  http.get<{ Params: { name: string } }>('/docs/assets/:name', async (request, reply) => {
    const asset = await readSwaggerAsset(request.params.name)
    if (!asset) throw new Fault('not_found')
    return reply.header('cache-control', 'public, max-age=3600').type(asset.type).send(asset.bytes)
  })
  http.get<{ Params: { code: string } }>('/docs/errors/:code', async (request, reply) => {
    const { code } = request.params
    if (!Object.hasOwn(problems, code)) throw new Fault('not_found')
    return reply
      .header('content-security-policy', docsPolicy)
      .type(html)
      .send(errorPage(code as keyof typeof problems))
  })
}
