import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** A file of the documentation page. */
export interface Asset {
  readonly type: string
  readonly bytes: Uint8Array | string
}

const javascript = 'text/javascript; charset=utf-8'
const css = 'text/css; charset=utf-8'

const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null,
  supportedSubmitMethods: [], defaultModelsExpandDepth: 0 })
`
const plain = `body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: #16202c; background: #f7f8fa }
a { color: #1f5fa8 } @media (prefers-color-scheme: dark) { body { color: #e6ebf1; background: #10151b } a { color: #7fb3f0 } }
`

/** The files of the page by name. Nothing else of the package can be asked for. */
const vendored: Readonly<Record<string, string>> = {
  'swagger-ui.css': css,
  'swagger-ui-bundle.js': javascript,
}
const own: Readonly<Record<string, Asset>> = {
  'start.js': { type: javascript, bytes: start },
  'plain.css': { type: css, bytes: plain },
}

/** The asset with this name; undefined when there is none. Read when asked for: few servers are ever asked. */
export async function readSwaggerAsset(name: string): Promise<Asset | undefined> {
  if (Object.hasOwn(own, name)) return own[name]
  const type = Object.hasOwn(vendored, name) ? vendored[name] : undefined
  if (!type) return undefined
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  return { type, bytes: await readFile(join(folder, name)) }
}
