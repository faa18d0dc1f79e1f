import { problems } from '@gatehouse/contract/problems'
import type { Fault } from '../kernel/fault.ts'
import { html } from './html.ts'
import { page } from './page.ts'

/** A page that could not do what was asked, and the number that it is found by. */
export function troublePage({ fault, requestId }: { readonly fault: Fault; readonly requestId: string }): string {
  const { title } = problems[fault.code]
  const body = html`<p>Go back and try again. If it stays, tell the people who run this service this number: ${requestId}.</p>`
  return page({ lang: 'en', title: 'Something did not work', problem: title, body })
}
