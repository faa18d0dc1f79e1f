// An application on Express whose people sign in with Gatehouse. README.md tells how to start it.
import { isGatehouseError } from '@gatehouse/sdk'
import { createGatehouse } from '@gatehouse/sdk/express'
import express from 'express'

const gatehouse = createGatehouse()
const app = express()

app.get('/me', gatehouse.requireAuth(), (request, response) => response.json(request.auth))
app.post('/payouts', gatehouse.requireMfa({ maxAge: '10m' }), (_request, response) => response.json({ ok: true }))

app.post('/sign-in', express.json(), async ({ body, ip }, response) => {
  const { email, password } = body
  response.json(await gatehouse.auth.login({ email, password, end_user: { ip } }))
})
app.post('/sign-in/code', express.json(), async ({ body, ip }, response) => {
  const { challenge: id, code } = body
  response.json(await gatehouse.challenges.verify({ id, code, end_user: { ip } }))
})
app.use((error, _request, response, next) => {
  if (!isGatehouseError(error)) return next(error)
  response.status(error.status ?? 503).json({ code: error.code, title: error.message })
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  process.stdout.write(`listening on http://127.0.0.1:${server.address().port}\n`)
})
