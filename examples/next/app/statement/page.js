import { gatehouse } from '../../gatehouse.js'

export default async function Statement() {
  const { mfa } = await gatehouse.requireMfa({ maxAge: '10m' })
  return <h1>Statement, with a second factor of {mfa.verifiedAt.toISOString()}</h1>
}
