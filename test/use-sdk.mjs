// What an application does with the SDK, to be run by any Node.js from 20 on. Says what it has come through.
import { createServer } from 'node:http'
import { createGatehouse, isGatehouseError } from '@gatehouse/sdk'
import { createGatehouse as forExpress } from '@gatehouse/sdk/express'
import { createVerifier } from '@gatehouse/sdk/verify'

const done = [process.version.split('.')[0]]
for (const entry of process.argv.slice(2)) await import(entry)
done.push('imported')

const gatehouse = createGatehouse()
const email = 'ada@example.test'
const password = 'a few unrelated words'
const { id } = await gatehouse.users.create({ email, password })
for await (const user of gatehouse.users.list()) if (user.id === id) done.push('called')
const { access_token: token } = await gatehouse.auth.login({ email, password })
try {
  await gatehouse.auth.login({ email, password: 'another few words' })
} catch (error) {
  if (isGatehouseError(error, 'invalid_credentials')) done.push('refused')
}

const verifier = createVerifier()
await verifier.ready()
const guard = forExpress({ verifier }).requireAuth()
const server = createServer((request, response) => guard(request, response, () => response.end(request.auth.userId)))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${server.address().port}`
const nobody = await fetch(url)
const somebody = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
if (nobody.status === 401 && (await somebody.text()) === id) done.push('guarded')
server.close()
server.closeAllConnections()

await gatehouse.auth.logout({ token })
for (;;) {
  await verifier.ready()
  const verdict = await verifier.verify(token)
  if (verdict.reason === 'revoked') break
  await new Promise((resolve) => setTimeout(resolve, 20))
}
verifier.close()
done.push('revoked')
process.stdout.write(`${done.join(' ')}\n`)
