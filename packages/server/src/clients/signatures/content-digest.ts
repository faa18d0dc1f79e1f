import { hash } from 'node:crypto'
import { equal } from '../../crypto/equal.ts'
import { hasTwins, isInnerList, type Member, parseDictionary } from './structured-fields.ts'

/** The algorithms of RFC 9530 that are safe, with their names in node:crypto. */
const algorithms = new Map([
  ['sha-256', 'sha256'],
  ['sha-512', 'sha512'],
])

/** True if the field (RFC 9530) has a digest of exactly these bytes, and none by a known algorithm that is of others. */
export function matchesContentDigest(field: string, body: Uint8Array): boolean {
  const members = parseDictionary(field)
  if (!members || hasTwins(members)) return false
  const known = members.filter(({ key }) => algorithms.has(key))
  return known.length > 0 && known.every((member) => isDigestOf(member, body))
}

function isDigestOf({ key, value: member }: Member, body: Uint8Array): boolean {
  if (isInnerList(member) || member.value.type !== 'bytes') return false
  return equal(hash(algorithms.get(key) ?? '', body, 'buffer'), member.value.value)
}
