import { createGatehouse } from '@gatehouse/sdk'
import { type LoadFigures, measureLoad } from '@gatehouse/testing/measure-load'
import { signUp } from '@gatehouse/testing/sign-up'
import { Command, InvalidArgumentError } from 'commander'
import { print } from './print.ts'

interface Flags {
  readonly validations: number
  readonly signIns: number
  readonly atOnce: number
  readonly json?: boolean
}

/** `gatehouse bench`: what an installation takes, by signed calls of a client of its test tenant. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('load a server with sign-ins and validations of its test tenant, and say how it bears them')
    .option('--validations <number>', 'how many tokens are validated', upTo(1_000_000), 2000)
    .option('--sign-ins <number>', 'how many people sign in, each with password and code', upTo(500), 20)
    .option('--at-once <number>', 'calls under way at the same time', upTo(200), 10)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The server is GATEHOUSE_URL, the client GATEHOUSE_CLIENT_ID with GATEHOUSE_CLIENT_SECRET, which must be of a test tenant. Its limits
hold: give it others for the while, such as gatehouse clients change <slug> --limit validate=100000 --limit auth=10000 --limit users=10000.`,
    )
    .action(async (flags: Flags) => {
      const { env } = process
      if (!env['GATEHOUSE_CLIENT_SECRET']?.startsWith('gh_test_')) {
        throw new Error(
          'GATEHOUSE_CLIENT_SECRET is not of a test tenant (gh_test_…). People who sign in are not to be got in the way of',
        )
      }
      const figures = await load(flags)
      const failed = Object.values(figures).some(({ failures }) => Object.keys(failures).length > 0)
      print(flags, figures, Object.entries(figures).map(describe).join('\n'))
      if (failed) process.exitCode = 1
    })
}

async function load({ validations, signIns, atOnce }: Flags): Promise<Readonly<Record<string, LoadFigures>>> {
  const gatehouse = createGatehouse({ retries: { max: 0 } })
  const people: Awaited<ReturnType<typeof signUp>>[] = []
  const tokens: string[] = []
  try {
    const signUps = await measureLoad(async () => void people.push(await signUp(gatehouse, { factor: 'totp' })), {
      calls: signIns,
      atOnce,
    })
    const signInFigures = await measureLoad(
      async (index) => {
        const { access_token } = (await people[index]?.signIn(gatehouse)) ?? {}
        if (access_token) tokens.push(access_token)
      },
      { calls: people.length, atOnce },
    )
    const validationFigures = await measureLoad(
      async (index) => {
        const { active } = await gatehouse.tokens.validate({ token: tokens[index % tokens.length] ?? '' })
        if (!active) throw Object.assign(new Error('a token that must be good is not'), { code: 'token_inactive' })
      },
      { calls: tokens.length > 0 ? validations : 0, atOnce },
    )
    return { sign_ups: signUps, sign_ins: signInFigures, validations: validationFigures }
  } finally {
    for (const { user } of people)
      await gatehouse.users.erase({ id: user.id, reason: 'gatehouse bench' }).catch(() => undefined)
  }
}

function describe([what, { calls, perSecond, p50Ms, p95Ms, p99Ms, failures }]: readonly [string, LoadFigures]): string {
  const times = [p50Ms, p95Ms, p99Ms].map((ms) => (Number.isNaN(ms) ? '-' : `${ms.toFixed(1)} ms`))
  const failed = Object.entries(failures).map(([code, count]) => `${count} ${code}`)
  const said = `${what.replace('_', '-').padEnd(12)}${String(calls).padStart(8)}  ${perSecond.toFixed(0).padStart(6)} a second   p50 ${times[0]}, p95 ${times[1]}, p99 ${times[2]}`
  return failed.length > 0 ? `${said}   failed: ${failed.join(', ')}` : said
}

function upTo(most: number) {
  return (text: string): number => {
    const count = /^[0-9]{1,7}$/.test(text) ? Number(text) : 0
    if (count < 1 || count > most) throw new InvalidArgumentError(`A number from 1 to ${most}.`)
    return count
  }
}
