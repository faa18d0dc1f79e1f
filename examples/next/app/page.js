import Link from 'next/link'
import { gatehouse } from '../gatehouse.js'

// For everybody.
export default async function Home() {
  const auth = await gatehouse.findAuth()
  return auth ? (
    <p>
      Hello, {auth.claims.email}. <Link href="/account">Your account</Link> <a href="/auth/logout">Sign out</a>
    </p>
  ) : (
    <p>
      <a href="/auth/login?return_to=/account">Sign in</a>
    </p>
  )
}
