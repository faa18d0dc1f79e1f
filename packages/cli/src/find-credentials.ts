import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { readConfig } from './read-config.ts'

/** What an application calls with. */
export interface Credentials {
  readonly url: string
  readonly clientId: string
  readonly secret: string
}

/** Those of the environment, else those that the server made for the demo when it started. */
export function findCredentials(): Credentials {
  const { GATEHOUSE_URL, GATEHOUSE_CLIENT_ID, GATEHOUSE_CLIENT_SECRET } = process.env
  if (GATEHOUSE_CLIENT_ID && GATEHOUSE_CLIENT_SECRET) {
    const url = GATEHOUSE_URL ?? 'http://localhost:4100'
    return { url, clientId: GATEHOUSE_CLIENT_ID, secret: GATEHOUSE_CLIENT_SECRET }
  }
  const file = join(readConfig().dataFolder, 'demo-client.json')
  if (!existsSync(file)) {
    throw new Error(
      `there is no ${relative(process.cwd(), file)}. Run npm start, which makes it, or set GATEHOUSE_CLIENT_ID and GATEHOUSE_CLIENT_SECRET.`,
    )
  }
  const { url, client_id, secret } = JSON.parse(readFileSync(file, 'utf8'))
  return { url: GATEHOUSE_URL ?? url, clientId: client_id, secret }
}
