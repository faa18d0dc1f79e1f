import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { usualScopes } from '@gatehouse/contract/operation'
import { signatureSchemes } from '@gatehouse/contract/signature-scheme'
import { createClient } from '@gatehouse/server/clients/create-client'
import type { RunningServer } from '@gatehouse/server/main'
import { operatorContext } from '@gatehouse/server/operator-context'

/** What the demo calls with: the content of `demo-client.json`. */
interface DemoClient {
  readonly url: string
  readonly client_id: string
  readonly secret: string
}

/**
 * Sees to it that the demo finds its client in `demo-client.json`: one of the test tenant, for this machine only, made at the
 * first start. The address of the server is that of this start. Answers the path.
 */
export async function prepareDemoClient({ parts, url }: RunningServer, dataFolder: string): Promise<string> {
  const file = join(dataFolder, 'demo-client.json')
  const known: DemoClient | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  const client = known ?? (await createDemoClient(parts))
  writeFileSync(file, `${JSON.stringify({ ...client, url })}\n`, { mode: 0o600 })
  return file
}

async function createDemoClient(parts: RunningServer['parts']): Promise<Omit<DemoClient, 'url'>> {
  const ctx = operatorContext(parts)
  const slug = `demo-${ctx.now.getTime().toString(36)}`
  const made = await createClient(ctx, parts.keys, {
    tenant: 'default-test',
    slug,
    name: 'Demo',
    allow: ['127.0.0.1', '::1'],
    scopes: usualScopes,
    schemes: signatureSchemes,
    numericSub: false,
    // The demo does in a second what people do in minutes.
    limits: { auth: 1000, validate: 1000, users: 1000 },
  })
  if (typeof made === 'string') throw new Error(`the client of the demo cannot be made: ${made}`)
  return { client_id: slug, secret: made.secret }
}
