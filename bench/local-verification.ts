import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGatehouse } from '@gatehouse/sdk'
import { createVerifier } from '@gatehouse/sdk/verify'
import { measureLoad } from '@gatehouse/testing/measure-load'
import { signUp } from '@gatehouse/testing/sign-up'
import { runGatehouse, startGatehouse } from '../test/attacks/cli-server.ts'

/**
 * P13: a token judged by the SDK itself, against the same question to a server in a process of its own on this machine, and what
 * refreshing a session costs: `node --conditions=source bench/local-verification.ts`. Over a network the call only gets slower.
 */
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const endings: (() => unknown)[] = []
const env = { GATEHOUSE_DATA_DIR: folder, GATEHOUSE_LOGIN_CAPTCHA: 'never' }
const limits = ['validate', 'auth', 'users', 'other'].flatMap((name) => ['--limit', `${name}=100000`])
const made = await runGatehouse(
  [
    'clients',
    'create',
    'bench',
    '--tenant',
    'default-test',
    '--allow',
    '127.0.0.1',
    '--local-verification',
    ...limits,
    '--json',
  ],
  env,
)
if (made.code !== 0) throw new Error(made.stderr)
const { slug, secret } = JSON.parse(made.stdout)
const server = await startGatehouse({ after: (end) => void endings.push(end) }, env)
const options = { url: server.url, clientId: slug, secret, retries: { max: 0 } }
const gatehouse = createGatehouse(options)
const verifier = createVerifier(options)
await verifier.ready()

const { access_token: token, refresh_token: first = '' } = await (await signUp(gatehouse)).signIn(gatehouse)
const remote = (calls: number) => measureLoad(() => gatehouse.tokens.validate({ token }), { calls, atOnce: 1 })
/** Between two looks at the network, as a server makes them: a verifier that hears nothing takes no token for good. */
const local = async (calls: number) => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  return measureLoad(
    async () => {
      const verdict = await verifier.verify(token)
      if (!verdict.active) throw Object.assign(new Error(verdict.reason), { code: verdict.reason })
    },
    { calls, atOnce: 1 },
  )
}
await remote(200)
await local(3000)
const rounds: { readonly remote: number; readonly local: number }[] = []
for (let round = 0; round < 7; round++) {
  const [byCall, byItself] = [await remote(300), await local(3000)]
  for (const { failures } of [byCall, byItself])
    if (Object.keys(failures).length > 0) throw new Error(JSON.stringify(failures))
  rounds.push({ remote: 1e6 / byCall.perSecond, local: 1e6 / byItself.perSecond })
}
let refreshToken = first
const refresh = await measureLoad(
  async () => {
    refreshToken = (await gatehouse.auth.refresh({ refresh_token: refreshToken })).refresh_token ?? ''
  },
  { calls: 300, atOnce: 1 },
)
const median = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN
const [call, alone] = [median(rounds.map((each) => each.remote)), median(rounds.map((each) => each.local))]
const ratio = median(rounds.map((each) => each.remote / each.local))
console.log(
  `validated by a call ${call.toFixed(0)} µs, by the SDK itself ${alone.toFixed(1)} µs: ${ratio.toFixed(0)} times faster`,
)
console.log(
  `refreshed ${(1e6 / refresh.perSecond).toFixed(0)} µs, p99 ${refresh.p99Ms.toFixed(1)} ms   ${JSON.stringify(refresh.failures)}`,
)
verifier.close()
await server.stop()
rmSync(folder, { recursive: true })
