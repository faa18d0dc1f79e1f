import { Fault } from './fault.ts'

/** The parameters of a form, each of which stands there once. */
export type Form = ReadonlyMap<string, string>

const mostFields = 32

/**
 * Reads application/x-www-form-urlencoded the strict way: valid UTF-8, no control characters, no name twice (RFC 6749,
 * section 3.2), and what has no value is not there.
 * @throws Fault `invalid_request`, which says nothing of the content
 */
export function parseForm(body: Uint8Array): Form {
  const text = Buffer.from(body).toString('latin1')
  if (text === '') return new Map()
  const fields = text.split('&')
  if (fields.length > mostFields) throw invalid(`The form has more than ${mostFields} fields.`)
  const form = new Map<string, string>()
  for (const field of fields) {
    const end = field.indexOf('=')
    if (end < 1) throw invalid('A field of the form has no name or no value.')
    const name = decodeFormText(field.slice(0, end))
    const value = decodeFormText(field.slice(end + 1))
    if (name === undefined || value === undefined) throw invalid('The form is not encoded as it should be.')
    if (form.has(name)) throw invalid('A field stands twice in the form.')
    form.set(name, value)
  }
  return new Map([...form].filter(([, value]) => value !== ''))
}

/** One name or value, decoded; undefined for what is no visible text. */
export function decodeFormText(text: string): string | undefined {
  if (!/^(?:[!-$&-~]|%[0-9A-Fa-f]{2})*$/.test(text)) return undefined
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '))
    return /\p{Cc}/u.test(decoded) ? undefined : decoded
  } catch {
    return undefined
  }
}

function invalid(detail: string): Fault {
  return new Fault('invalid_request', { detail })
}
