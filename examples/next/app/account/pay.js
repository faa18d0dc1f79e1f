'use server'

import { redirect } from 'next/navigation'
import { gatehouse } from '../../gatehouse.js'

/** The guard is the first line: whoever has not just proven a second factor is sent to do so, and comes back to the form. */
export async function pay(form) {
  await gatehouse.requireMfa({ maxAge: '10m' })
  redirect(`/account?paid=${encodeURIComponent(form.get('amount'))}`)
}
