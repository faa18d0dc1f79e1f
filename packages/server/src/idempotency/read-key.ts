import { Fault } from '../kernel/fault.ts'

/** Visible ASCII without what stands for something else in a header: quotes, commas and backslashes. */
const keyForm = /^[!#-+\--[\]-~]{8,255}$/

/**
 * The key in a header Idempotency-Key: as it is, or in quotes as a string of RFC 9651 (what
 * draft-ietf-httpapi-idempotency-key-header asks for). Both are the same key.
 */
export function readKey(header: string | readonly string[]): string {
  const text = typeof header === 'string' ? header : ''
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text
  if (keyForm.test(key)) return key
  throw new Fault('invalid_request', {
    detail: 'An Idempotency-Key has 8 to 255 visible ASCII characters, without quotes, commas and backslashes.',
  })
}
