import { Fault } from '../../kernel/fault.ts'

/** As people write numbers: with the country, and with what they put between the digits. No letters, no foreign digits. */
const written = /^\+[0-9 ()./-]{7,39}$/

/**
 * The one spelling of a telephone number (E.164), whatever stands between its digits. `+49 (0) 151 …` loses its zero. A
 * number that its country could not have given out is refused; whether it is in use, only a message can tell.
 */
export async function parsePhoneNumber(text: string): Promise<string> {
  // Its tables are large, and most servers never see a number.
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/min')
  const parsed = written.test(text) ? parsePhoneNumberFromString(text) : undefined
  if (parsed?.isPossible()) return parsed.number
  const detail = 'Give the whole number with its country, like +49 1511 2345678.'
  throw new Fault('invalid_request', { errors: [{ pointer: '/phone_number', code: 'invalid_phone_number', detail }] })
}
