import { gatehouse } from '../../../gatehouse.js'

// /auth/login, /auth/callback, /auth/logout: people sign in on the pages of Gatehouse.
export const { GET, POST } = gatehouse.session()
