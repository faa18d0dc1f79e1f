import { gatehouse } from '../../gatehouse.js'

export const GET = gatehouse.requireAuth((_request, auth) => Response.json(auth))
