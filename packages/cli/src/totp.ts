import { decodeBase32 } from '@gatehouse/server/factors/base32'
import { hotp, otpAlgorithms } from '@gatehouse/server/factors/hotp/hotp'
import { Command, Option } from 'commander'
import { print } from './print.ts'

interface Flags {
  readonly algorithm: (typeof otpAlgorithms)[number]
  readonly digits: string
  readonly json?: boolean
}

/** `gatehouse totp <secret>`: what an authenticator app would show now. */
export function totpCommand(): Command {
  return new Command('totp')
    .description('print the code that an authenticator app shows now')
    .argument('<secret>', 'the key in base32; spaces and case do not matter')
    .addOption(new Option('--algorithm <name>').choices(otpAlgorithms).default('sha1'))
    .addOption(new Option('--digits <number>').choices(['6', '8']).default('6'))
    .option('--json', 'print one JSON object')
    .action((secret: string, flags: Flags) => {
      const key = decodeBase32(secret)
      if (!key) throw new Error('that is no base32 (A to Z, 2 to 7)')
      const step = Math.floor(Date.now() / 30_000)
      const code = hotp(key, BigInt(step), { algorithm: flags.algorithm, digits: flags.digits === '8' ? 8 : 6 })
      const expires_at = new Date((step + 1) * 30_000).toISOString()
      print(flags, { code, expires_at }, code)
    })
}
