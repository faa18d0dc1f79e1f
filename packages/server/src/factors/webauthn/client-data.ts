import { equal } from '../../crypto/equal.ts'
import { parseJson } from '../../kernel/parse-json.ts'

/** What a ceremony must have been made for. */
export interface Ceremony {
  readonly type: 'webauthn.create' | 'webauthn.get'
  /** base64url, as the options carried it. */
  readonly challenge: string
  /** Origins as browsers write them; compared letter by letter. */
  readonly origins: readonly string[]
}

/** What is wrong with a ceremony, for the record: the answer to the outside is the same for all. */
export type ClientDataFault = 'malformed' | 'type' | 'challenge' | 'origin' | 'cross_origin'

/** 16 bytes: anything shorter can be guessed (Level 3, section 13.4.3). Ours have 32. */
const shortestChallenge = 22

/**
 * What is wrong with the client data (Level 3, section 5.8.1), or undefined. It is the browser that says where the
 * person is, so this is all that keeps a copy of the site out. A page in a frame of another site is refused.
 */
export function findClientDataFault(bytes: Uint8Array, expected: Ceremony): ClientDataFault | undefined {
  const data = readJson(bytes)
  if (!data || typeof data['challenge'] !== 'string' || typeof data['origin'] !== 'string') return 'malformed'
  if (data['type'] !== expected.type) return 'type'
  if (expected.challenge.length < shortestChallenge || !equal(data['challenge'], expected.challenge)) return 'challenge'
  if (!expected.origins.includes(data['origin'])) return 'origin'
  if (data['crossOrigin'] !== undefined && typeof data['crossOrigin'] !== 'boolean') return 'malformed'
  return data['crossOrigin'] === true || data['topOrigin'] !== undefined ? 'cross_origin' : undefined
}

/** The challenge that the client data names; whether it is a good one, others decide. */
export function readChallenge(bytes: Uint8Array): string | undefined {
  const challenge = readJson(bytes)?.['challenge']
  return typeof challenge === 'string' ? challenge : undefined
}

/** UTF-8 with or without a byte order mark (section 7.1, step 5), and nothing that could be read in two ways. */
function readJson(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    const value = parseJson(hasMark ? bytes.subarray(3) : bytes, { depth: 16, names: 100 })
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}
