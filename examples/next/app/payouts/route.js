import { gatehouse } from '../../gatehouse.js'

export const POST = gatehouse.requireMfa({ maxAge: '10m' }, () => Response.json({ ok: true }))
