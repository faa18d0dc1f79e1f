import Link from 'next/link'
import { gatehouse } from '../../gatehouse.js'
import { pay } from './pay.js'

export default async function Account({ searchParams }) {
  const { claims } = await gatehouse.requireAuth()
  const { paid } = await searchParams
  return (
    <>
      <h1>Account of {claims.email}</h1>
      {paid && <p>Paid {paid}.</p>}
      <form action={pay}>
        <label>
          Amount <input name="amount" required />
        </label>{' '}
        <button type="submit">Pay</button>
      </form>
      <Link href="/statement">Statement</Link> <Link href="/auth/logout">Sign out</Link>
    </>
  )
}
