import { z } from 'zod'

/** What a person can read as it stands: no control characters, and nothing that turns the order of letters around. */
function line(max: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u, { message: 'must be one line of visible text' })
}

const name = /^[a-z][a-z0-9_]{0,31}$/
const most = { fields: 12, characters: 600 }

/**
 * What is about to happen, as the application states it and the person is shown it: a type, and flat fields. Two actions
 * are the same when `canonicalAction` says the same of both.
 */
export const Action = z
  .object({ type: line(64) })
  .catchall(z.union([line(200), z.number(), z.boolean()]))
  .refine((action) => Object.keys(action).every((key) => name.test(key)), {
    message: 'names of fields must be lower case letters, digits and underscores',
  })
  .refine((action) => Object.keys(action).length <= most.fields && canonicalAction(action).length <= most.characters, {
    message: `must have at most ${most.fields} fields and ${most.characters} characters of JSON`,
  })
  .meta({
    id: 'Action',
    description:
      'What is about to happen: `type`, and up to eleven flat fields of your own choice (text, number, boolean)',
    examples: [{ type: 'payout', amount: '120.00', currency: 'EUR', to: 'DE89 3704 0044 0532 0130 00' }],
  })
export type Action = z.output<typeof Action>

/** The one spelling of an action (RFC 8785). */
export function canonicalAction(action: Readonly<Record<string, unknown>>): string {
  // By UTF-16 code units, which for these names is their order in ASCII.
  const names = Object.keys(action).toSorted()
  return JSON.stringify(Object.fromEntries(names.map((key) => [key, action[key]])))
}

/** The action in one line, for a person: `payout: amount 120.00, currency EUR`. */
export function describeAction({ type, ...fields }: Action): string {
  const told = Object.entries(fields).map(([key, value]) => `${key.replaceAll('_', ' ')} ${value}`)
  return told.length === 0 ? type : `${type}: ${told.join(', ')}`
}
