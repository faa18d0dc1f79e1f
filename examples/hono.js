// An application on Hono whose people sign in with Gatehouse. README.md tells how to start it.
import { isGatehouseError } from '@gatehouse/sdk'
import { createGatehouse } from '@gatehouse/sdk/hono'
import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { Hono } from 'hono'

const gatehouse = createGatehouse()
const app = new Hono()
const endUserOf = (context) => ({ ip: getConnInfo(context).remote.address })

app.get('/me', gatehouse.requireAuth(), (context) => context.json(context.get('auth')))
app.post('/payouts', gatehouse.requireMfa({ maxAge: '10m' }), (context) => context.json({ ok: true }))

app.post('/sign-in', async (context) => {
  const { email, password } = await context.req.json()
  return context.json(await gatehouse.auth.login({ email, password, end_user: endUserOf(context) }))
})
app.post('/sign-in/code', async (context) => {
  const { challenge: id, code } = await context.req.json()
  return context.json(await gatehouse.challenges.verify({ id, code, end_user: endUserOf(context) }))
})
app.onError((error, context) => {
  if (!isGatehouseError(error)) throw error
  return context.json({ code: error.code, title: error.message }, error.status ?? 503)
})

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' }, ({ port }) => {
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`)
})
