import { readFileSync } from 'node:fs'
import { clientSlugForm, RedirectUri } from '@gatehouse/contract/fields'
import { clientLimits, type Scope, scopes } from '@gatehouse/contract/operation'
import { PublicKey } from '@gatehouse/contract/public-key'
import { type ClientScheme, clientSchemes } from '@gatehouse/contract/signature-scheme'
import { findEntryProblem } from '@gatehouse/server/clients/allow-list'
import type { RateLimits } from '@gatehouse/server/clients/client'
import { InvalidArgumentError, Option } from 'commander'

/** What a client application is to be, as flags say it. What is not given is undefined. */
export interface ClientFlags {
  readonly allow?: readonly string[]
  readonly scope?: readonly Scope[]
  readonly scheme?: readonly ClientScheme[]
  readonly publicKey?: readonly PublicKey[]
  readonly redirectUri?: readonly string[]
  readonly name?: string
  readonly limit?: RateLimits
}

/** The flags, which `create` and `change` share. `otherwise` says what holds for those that are left out. */
export function clientOptions(otherwise: { readonly scope: string; readonly scheme: string; readonly limit: string }) {
  return [
    new Option('--allow <address>', 'address or network that may call; repeat for more, or say any').argParser(
      collectAddress,
    ),
    new Option(
      '--scope <scope>',
      `what it may do; repeat for more: ${scopes.join(', ')} (${otherwise.scope})`,
    ).argParser(collectScope),
    new Option(
      '--scheme <scheme>',
      `how it proves itself; repeat for more: ${clientSchemes.join(', ')} (${otherwise.scheme})`,
    ).argParser(collectScheme),
    new Option(
      '--public-key <file>',
      'a file with a public key (JWK) that signs its client assertions; repeat for more, or say none',
    ).argParser(collectKey),
    new Option(
      '--redirect-uri <address>',
      'where browsers come back to from the hosted sign-in; repeat for more, or say none',
    ).argParser(collectRedirect),
    new Option('--name <name>', 'what people call it'),
    new Option(
      '--limit <class=number>',
      `requests in a minute; repeat for more: ${clientLimits.join(', ')} (${otherwise.limit})`,
    ).argParser(collectLimit),
  ]
}

export function parseSlug(slug: string): string {
  if (!clientSlugForm.test(slug)) {
    throw new InvalidArgumentError('3 to 64 characters: lower case, digits and hyphens inside.')
  }
  return slug
}

function collectAddress(entry: string, before: readonly string[] = []): readonly string[] {
  const problem = findEntryProblem(entry)
  if (problem) throw new InvalidArgumentError(`${problem}.`)
  return [...before, entry]
}

function collectScheme(scheme: string, before: readonly ClientScheme[] = []): readonly ClientScheme[] {
  const known = clientSchemes.find((each) => each === scheme)
  if (!known) throw new InvalidArgumentError(`There are ${clientSchemes.join(', ')}.`)
  return before.includes(known) ? before : [...before, known]
}

function collectKey(file: string, before: readonly PublicKey[] = []): readonly PublicKey[] {
  if (file === 'none') return []
  const parsed = PublicKey.safeParse(readJson(file))
  if (!parsed.success) {
    throw new InvalidArgumentError(
      'A key is JSON with kty, crv, x and, for P-256, y: for P-256 or Ed25519, and nothing else.',
    )
  }
  return [...before, parsed.data]
}

function collectRedirect(address: string, before: readonly string[] = []): readonly string[] {
  if (address === 'none') return []
  const parsed = RedirectUri.safeParse(address)
  if (!parsed.success) throw new InvalidArgumentError(`${parsed.error.issues[0]?.message}.`)
  return before.includes(address) ? before : [...before, address]
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new InvalidArgumentError(`${file} cannot be read as JSON.`)
  }
}

function collectScope(scope: string, before: readonly Scope[] = []): readonly Scope[] {
  const known = scopes.find((each) => each === scope)
  if (!known) throw new InvalidArgumentError(`There are ${scopes.join(', ')}.`)
  return before.includes(known) ? before : [...before, known]
}

function collectLimit(text: string, before: RateLimits = {}): RateLimits {
  const [name = '', number = ''] = text.split('=')
  const rate = clientLimits.find((each) => each === name)
  if (!rate || !/^[1-9][0-9]{0,5}$/.test(number)) {
    throw new InvalidArgumentError(`Write it like validate=6000; there are ${clientLimits.join(', ')}.`)
  }
  return { ...before, [rate]: Number(number) }
}
