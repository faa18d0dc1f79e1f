import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { signerOfV2 } from '@gatehouse/sdk/signature'
import { Command } from 'commander'
import { getVariable } from './get-variable.ts'

interface Flags {
  readonly body?: string
}

/** `gatehouse api GET /v1/users`: any call of a client application, signed by v2. */
export function apiCommand(): Command {
  return new Command('api')
    .description('call an operation of a server, signed as a client application')
    .argument('<method>', 'GET, POST, PATCH or DELETE', (text) => text.toUpperCase())
    .argument('<path>', "path and query, such as '/v1/users?limit=5'")
    .option('--body <json>', 'what is sent; - reads it from standard input')
    .option('--json', 'print one JSON object, as it always does')
    .addHelpText('after', '\nThe server is GATEHOUSE_URL, the client GATEHOUSE_CLIENT_ID with GATEHOUSE_CLIENT_SECRET.')
    .action(async (method: string, path: string, flags: Flags) => {
      if (!path.startsWith('/')) throw new Error('the path begins with /v1/')
      const url = new URL(path, getVariable('GATEHOUSE_URL'))
      const clientId = getVariable('GATEHOUSE_CLIENT_ID')
      const body = flags.body === '-' ? readFileSync(0, 'utf8') : (flags.body ?? (method === 'GET' ? '' : '{}'))
      const timestamp = Math.floor(Date.now() / 1000)
      const nonce = randomBytes(12).toString('hex')
      const parts = { clientId, timestamp, nonce, method, authority: url.host, target: url.pathname + url.search, body }
      const headers = {
        'X-Client-Id': clientId,
        'X-Timestamp': String(timestamp),
        'X-Nonce': nonce,
        'X-Signature': await signerOfV2(getVariable('GATEHOUSE_CLIENT_SECRET'))(parts),
        ...(body !== '' && { 'Content-Type': 'application/json' }),
      }
      const response = await fetch(url, { method, headers, redirect: 'manual', ...(body !== '' && { body }) }).catch(
        () => {
          throw new Error(`${url.origin} cannot be reached; check GATEHOUSE_URL, and that the server runs`)
        },
      )
      console.log(await response.text())
      if (!response.ok) process.exitCode = 1
    })
}
