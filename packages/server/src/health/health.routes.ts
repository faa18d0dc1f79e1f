import type { Site } from '../http/serve.ts'
import type { Keyring } from '../keys/keyring.ts'
import { checkHealth } from './check-health.ts'

/**
 * For whoever watches over the process: no client, no record, no limits. The status is what counts; `?verbose` says which
 * check has failed. Keys that are missing are named in any case, by their ids.
 */
export function serveHealth({ http, house }: Site, { keys }: { readonly keys: Keyring }): void {
  const { storage: db, world } = house
  http.get('/livez', async () => ({ status: 'ok' }))
  // Nothing listens before all is open.
  http.get('/startupz', async () => ({ status: 'ok' }))
  http.get<{ Querystring: { verbose?: string } }>('/readyz', async (request, reply) => {
    const { isReady, ...health } = await checkHealth({ db, keys, moment: { now: world.now(), random: world.random } })
    const { checks, ...short } = health
    const shown = request.query.verbose === undefined ? short : { ...short, checks }
    return reply.code(isReady ? 200 : 503).send(shown)
  })
}
