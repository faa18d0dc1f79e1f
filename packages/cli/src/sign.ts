import { readFileSync } from 'node:fs'
import { signRequest } from '@gatehouse/sdk/signature'
import { Command } from 'commander'

interface Flags {
  readonly body?: string
  readonly timestamp?: string
  readonly json?: boolean
}

/** `gatehouse sign`: the headers of a request, to send or to compare with what a program of one's own made. */
export function signCommand(): Command {
  return new Command('sign')
    .description('sign a request: prints its three headers')
    .option('--body <text>', 'exactly what is sent; without it the body is read from standard input')
    .option('--timestamp <seconds>', 'unix seconds (now)')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nThe client comes from GATEHOUSE_CLIENT_ID and GATEHOUSE_CLIENT_SECRET.')
    .action(async (flags: Flags) => {
      const timestamp = flags.timestamp === undefined ? Math.floor(Date.now() / 1000) : Number(flags.timestamp)
      if (!Number.isSafeInteger(timestamp) || timestamp < 1) throw new Error('--timestamp takes whole unix seconds')
      const body = flags.body ?? readFileSync(0)
      const headers = {
        'X-Client-Id': getVariable('GATEHOUSE_CLIENT_ID'),
        'X-Timestamp': String(timestamp),
        'X-Signature': await signRequest(getVariable('GATEHOUSE_CLIENT_SECRET'), timestamp, body),
      }
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
      console.log(flags.json ? JSON.stringify(headers) : lines.join('\n'))
    })
}

function getVariable(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set; gatehouse clients create prints it`)
  return value
}
