/**
 * Whether a number is one that its country could have given out, in a country that the operator serves. The large tables
 * are loaded with the first number.
 */
export async function isServed(number: string, countries: readonly string[]): Promise<boolean> {
  if (!/^\+[1-9][0-9]{6,14}$/.test(number)) return false
  const { parsePhoneNumberFromString } = await import('libphonenumber-js/min')
  const parsed = parsePhoneNumberFromString(number)
  if (!parsed?.isPossible() || parsed.number !== number) return false
  if (countries[0] === 'any') return true
  return parsed.country !== undefined && countries.includes(parsed.country)
}
