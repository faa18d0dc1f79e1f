// middleware.js before Next.js 16.
import { gatehouse } from './gatehouse.js'

export default gatehouse.middleware({ public: ['/'], mfa: ['/statement/:path*'], maxAge: '10m' })
