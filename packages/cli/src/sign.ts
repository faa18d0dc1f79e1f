import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { signatureSchemes } from '@gatehouse/contract/signature-scheme'
import { signerOfV2, signRequest } from '@gatehouse/sdk/signature'
import { Command, Option } from 'commander'
import { compareMessage } from './compare-message.ts'
import { compareSignature } from './compare-signature.ts'
import { print } from './print.ts'
import { readRequest } from './read-request.ts'
import { signMessage } from './sign-message.ts'
import type { CapturedRequest } from './signature-draft.ts'

interface Flags {
  readonly scheme: 'v1' | 'v2' | 'rfc9421'
  readonly body?: string
  readonly timestamp?: string
  readonly method: string
  readonly path?: string
  readonly host?: string
  readonly nonce?: string
  readonly check?: string
  readonly request?: string
  readonly json?: boolean
}

/** `gatehouse sign`: the headers of a request, to send, or to compare with what a program of one's own made. */
export function signCommand(): Command {
  return new Command('sign')
    .description('sign a request, or find out what is wrong with a signature')
    .addOption(new Option('--scheme <scheme>', 'how to sign').choices([...signatureSchemes]).default('v1'))
    .option('--body <text>', 'exactly what is sent; without it the body is read from standard input')
    .option('--timestamp <seconds>', 'unix seconds (now)')
    .option('--method <method>', 'v2, rfc9421: the method of the request', 'POST')
    .option('--path <path>', 'v2, rfc9421: path and query, as they stand in the request line')
    .option('--host <host>', 'v2, rfc9421: what the Host header says')
    .option('--nonce <nonce>', 'v2, rfc9421: the nonce (made by chance)')
    .option('--check <signature>', 'the X-Signature of a request that was refused: says which part differs')
    .option(
      '--request <file>',
      'a request that was refused, as it was sent, line and headers and body: says which part differs, by any scheme',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The client comes from GATEHOUSE_CLIENT_ID and GATEHOUSE_CLIENT_SECRET. To check a request, give its parts as they were sent:

  gatehouse sign --check sha256=9ac0… --timestamp 1795255200 < body.json
  gatehouse sign --request captured.http
  gatehouse sign --check v2=51d7… --timestamp 1795255200 --nonce 5b… --method GET --path '/v1/users?limit=5' --host localhost:4100 --body ''`,
    )
    .action((flags: Flags) => {
      if (flags.request !== undefined) return checkRequest(flags.request, flags)
      return flags.check === undefined ? sign(flags) : check(flags.check, flags)
    })
}

async function sign(flags: Flags): Promise<void> {
  const timestamp = flags.timestamp === undefined ? Math.floor(Date.now() / 1000) : Number(flags.timestamp)
  if (!Number.isSafeInteger(timestamp) || timestamp < 1) throw new Error('--timestamp takes whole unix seconds')
  const clientId = getVariable('GATEHOUSE_CLIENT_ID')
  const secret = getVariable('GATEHOUSE_CLIENT_SECRET')
  const named = { 'X-Client-Id': clientId, 'X-Timestamp': String(timestamp) }
  if (flags.scheme === 'v1') {
    printHeaders({ ...named, 'X-Signature': await signRequest(secret, timestamp, bodyOf(flags)) }, flags)
    return
  }
  const { method, nonce = randomBytes(16).toString('hex') } = flags
  const authority = getFlag(flags, 'host').toLowerCase()
  const parts = { clientId, nonce, method, target: getFlag(flags, 'path'), authority, body: bodyOf(flags) }
  if (flags.scheme === 'rfc9421') {
    printHeaders(signMessage({ ...parts, secret, created: timestamp }), flags)
    return
  }
  const signature = await signerOfV2(secret)({ ...parts, timestamp })
  printHeaders({ ...named, 'X-Nonce': nonce, 'X-Signature': signature }, flags)
}

function printHeaders(headers: Readonly<Record<string, string>>, flags: Flags): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  print(flags, headers, lines.join('\n'))
}

function check(signature: string, flags: Flags): void {
  if (flags.scheme === 'rfc9421') {
    throw new Error('--check reads X-Signature, of v1 and v2; for rfc9421 give the request with --request')
  }
  const isV2 = flags.scheme === 'v2' || isOfV2(signature)
  const request: CapturedRequest = {
    ...getSigner(),
    timestamp: getFlag(flags, 'timestamp'),
    ...(isV2 && {
      v2: {
        nonce: getFlag(flags, 'nonce'),
        method: flags.method,
        host: getFlag(flags, 'host'),
        path: getFlag(flags, 'path'),
      },
    }),
    body: bodyOf(flags),
  }
  tell(compareSignature(signature, request), flags, isV2)
}

function checkRequest(file: string, flags: Flags): void {
  const raw = readRequest(readFileSync(file === '-' ? 0 : file))
  const { method, target: path, headers, body } = raw
  if (headers['signature-input'] !== undefined) {
    tell(compareMessage(raw, getSigner()), flags, true)
    return
  }
  const signature = headers['x-signature']
  if (signature === undefined) throw new Error('The request has neither X-Signature nor Signature-Input.')
  const [timestamp = '', nonce = '', host = ''] = ['x-timestamp', 'x-nonce', 'host'].map((name) => headers[name])
  const isV2 = isOfV2(signature)
  const request = { ...getSigner(), timestamp, body, ...(isV2 && { v2: { nonce, method, host, path } }) }
  tell(compareSignature(signature, request), flags, isV2)
}

function isOfV2(signature: string): boolean {
  return /^v2=/i.test(signature)
}

function getSigner() {
  return { clientId: getVariable('GATEHOUSE_CLIENT_ID'), secret: getVariable('GATEHOUSE_CLIENT_SECRET') }
}

/** Fails unless the signature is right, so that a script can ask. */
function tell(differences: readonly string[] | undefined, flags: Flags, coversAll: boolean): void {
  const isRight = differences?.length === 0
  const words = isRight ? 'The signature is right.' : (differences?.join('\n') ?? noGuess(coversAll))
  print(flags, { right: isRight, differences: differences ?? null }, words)
  if (!isRight) process.exitCode = 1
}

function noGuess(coversAll: boolean): string {
  const parts = coversAll ? 'timestamp, nonce, method, path, host or body' : 'timestamp or body'
  return `No usual mistake leads to this signature. It was made with another secret, or over another ${parts} than those given here.`
}

function bodyOf({ body }: Flags): Buffer {
  return body === undefined ? readFileSync(0) : Buffer.from(body)
}

function getFlag(flags: Flags, name: 'timestamp' | 'nonce' | 'path' | 'host'): string {
  const value = flags[name]
  if (value === undefined) throw new Error(`--${name} is missing; it is a part of what is signed`)
  return value
}

function getVariable(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set; gatehouse clients create prints it`)
  return value
}
