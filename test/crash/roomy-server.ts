// `gatehouse serve --json --port PORT`, but for the limits of abuse: the load of the test is abuse, and what is looked for
// is what a crash forgets.
import { defaultPolicy } from '@gatehouse/contract/policy'
import { startServer } from '@gatehouse/server/main'
import { unlimited } from '@gatehouse/testing/start-test-server'
import { readConfig } from '../../packages/cli/src/read-config.ts'
import { stopOnSignal } from '../../packages/cli/src/serve.ts'

const policy = { ...defaultPolicy(), ...unlimited }
const server = await startServer(readConfig({ GATEHOUSE_PORT: process.argv[2] }), 'production', policy)
stopOnSignal(server)
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`)
