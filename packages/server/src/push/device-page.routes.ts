import type { Site } from '../http/serve.ts'
import { deviceIcon, deviceManifest, devicePage, deviceStyle } from './device-page.ts'
import { deviceScript, deviceWorker } from './device-script.ts'

/** Nothing from elsewhere, nothing inline, no markup made by scripts, in no frame. */
const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types device-worker"

/** The page that makes a browser a device for push approval. */
export function serveDevicePage({ http }: Site, { issuer }: { readonly issuer: string }): void {
  const files = {
    '/device': ['text/html; charset=utf-8', devicePage],
    '/device/app.js': ['text/javascript; charset=utf-8', deviceScript],
    '/device/worker.js': ['text/javascript; charset=utf-8', deviceWorker],
    '/device/style.css': ['text/css; charset=utf-8', deviceStyle],
    '/device/icon.svg': ['image/svg+xml', deviceIcon],
    '/device/manifest.webmanifest': ['application/manifest+json', deviceManifest(issuer)],
  } as const
  for (const [path, [type, text]] of Object.entries(files)) {
    http.get(path, async (_request, reply) =>
      reply
        .header('content-security-policy', contentPolicy)
        .header('cache-control', 'no-cache')
        // The worker is for the page itself, which stands above the worker's own folder.
        .header('service-worker-allowed', '/device')
        .type(type)
        .send(text),
    )
  }
}
