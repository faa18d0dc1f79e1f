import { readFileSync, statSync } from 'node:fs'
import type { HardwareToken } from '@gatehouse/contract/token-operations'
import type { Context } from '@gatehouse/server/context'
import { importTokens, largestFile } from '@gatehouse/server/hardware-tokens/import-tokens'
import { listTokens } from '@gatehouse/server/hardware-tokens/list-tokens'
import { Command } from 'commander'
import { forTenant, inTenant, type TenantFlags } from './in-tenant.ts'
import { print } from './print.ts'

interface ImportFlags extends TenantFlags {
  readonly keyFile?: string
  readonly passwordFile?: string
}

/** `gatehouse tokens …`: works on the data folder, whether a server runs on it or not. */
export function tokensCommand(): Command {
  return new Command('tokens').description('hardware tokens').addCommand(importCommand()).addCommand(listCommand())
}

function importCommand(): Command {
  return forTenant(new Command('import'))
    .description('put the hardware tokens (HOTP) of a file into the stock: CSV or PSKC (RFC 6030)')
    .argument('<file>', 'at most 1 MiB')
    .option('--key-file <path>', 'file with the hex of the key that an encrypted PSKC file was made with')
    .option('--password-file <path>', 'file with the password that an encrypted PSKC file was made with')
    .action((file: string, flags: ImportFlags) => {
      if (statSync(file).size > largestFile) throw new Error('the file is larger than 1 MiB; split it')
      const key = {
        preSharedKey: flags.keyFile === undefined ? undefined : readHex(flags.keyFile),
        password: flags.passwordFile === undefined ? undefined : readFileSync(flags.passwordFile, 'utf8').trimEnd(),
      }
      return inTenant(flags, async (ctx, { keys }) => {
        const imported = await importTokens(ctx, keys, readFileSync(file, 'utf8'), key)
        if (!imported.ok) throw new Error(`nothing was imported\n${imported.errors.join('\n')}`)
        print(flags, { count: imported.count }, `${imported.count} tokens are in the stock`)
      })
    })
}

function listCommand(): Command {
  return forTenant(new Command('list'))
    .description('list hardware tokens and who has them')
    .action((flags: TenantFlags) =>
      inTenant(flags, async (ctx) => {
        const tokens = await listAll(ctx)
        const lines = tokens.map(({ serial, state, user_id }) => `${serial}\t${state}\t${user_id ?? ''}`)
        print(flags, { data: tokens }, lines.join('\n'))
      }),
    )
}

const pageSize = 500

async function listAll(ctx: Context): Promise<readonly HardwareToken[]> {
  const tokens: HardwareToken[] = []
  for (;;) {
    const page = await listTokens(ctx, tokens.at(-1)?.serial ?? '', pageSize)
    tokens.push(...page)
    if (page.length < pageSize) return tokens
  }
}

function readHex(path: string): Uint8Array {
  const text = readFileSync(path, 'utf8').trim()
  if (!/^([0-9A-Fa-f]{2})+$/.test(text)) throw new Error(`${path} must hold the key as hex`)
  return Buffer.from(text, 'hex')
}
