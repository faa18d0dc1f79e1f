// An application on Fastify whose people sign in with Gatehouse. README.md tells how to start it.
import { isGatehouseError } from '@gatehouse/sdk'
import { createGatehouse } from '@gatehouse/sdk/fastify'
import Fastify from 'fastify'

const gatehouse = createGatehouse()
const app = Fastify()
await app.register(gatehouse.plugin)

app.get('/me', { preHandler: gatehouse.requireAuth() }, async (request) => request.auth)
app.post('/payouts', { preHandler: gatehouse.requireMfa({ maxAge: '10m' }) }, async () => ({ ok: true }))

app.post('/sign-in', ({ body, ip }) => {
  const { email, password } = body
  return gatehouse.auth.login({ email, password, end_user: { ip } })
})
app.post('/sign-in/code', ({ body, ip }) => {
  const { challenge: id, code } = body
  return gatehouse.challenges.verify({ id, code, end_user: { ip } })
})
app.setErrorHandler((error, _request, reply) => {
  if (!isGatehouseError(error)) throw error
  reply.code(error.status ?? 503).send({ code: error.code, title: error.message })
})

const url = await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })
process.stdout.write(`listening on ${url}\n`)
