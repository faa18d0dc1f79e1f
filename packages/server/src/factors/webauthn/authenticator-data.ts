import { type CborMap, readCbor } from './cbor.ts'

/** What an authenticator says of itself, of its user and of the site (Web Authentication Level 3, section 6.1). */
export interface AuthenticatorData {
  readonly rpIdHash: Uint8Array
  readonly userPresent: boolean
  readonly userVerified: boolean
  /** The credential may leave its device in a backup. */
  readonly backupEligible: boolean
  readonly backedUp: boolean
  readonly signCount: number
  /** Of a registration. */
  readonly attested: AttestedCredential | undefined
}

export interface AttestedCredential {
  /** Lower case with hyphens; zeros when the maker keeps to itself. */
  readonly aaguid: string
  readonly credentialId: Uint8Array
  /** COSE_Key, byte for byte. */
  readonly publicKey: Uint8Array
}

const flag = {
  userPresent: 1,
  userVerified: 4,
  backupEligible: 8,
  backedUp: 16,
  attested: 64,
  extensions: 128,
} as const
const fixedBytes = 37
/** Level 3, section 7.1, step 25. */
const longestCredentialId = 1023

/** Undefined for anything that is not authenticator data to the last byte. */
export function readAuthenticatorData(bytes: Uint8Array): AuthenticatorData | undefined {
  if (bytes.length < fixedBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const flags = view.getUint8(32)
  const has = (bit: number) => (flags & bit) !== 0
  let end = fixedBytes
  let attested: AttestedCredential | undefined
  if (has(flag.attested)) {
    const read = readAttested(bytes, end)
    if (!read) return undefined
    attested = read.attested
    end = read.end
  }
  if (has(flag.extensions)) {
    const extensions = readCbor(bytes, end)
    if (!(extensions?.value instanceof Map)) return undefined
    end = extensions.end
  }
  if (end !== bytes.length) return undefined
  return {
    rpIdHash: bytes.subarray(0, 32),
    userPresent: has(flag.userPresent),
    userVerified: has(flag.userVerified),
    backupEligible: has(flag.backupEligible),
    backedUp: has(flag.backedUp),
    signCount: view.getUint32(33),
    attested,
  }
}

/** AAGUID (16 bytes), length of the id (2), id, public key: section 6.5.1. */
function readAttested(bytes: Uint8Array, start: number) {
  const idAt = start + 18
  if (bytes.length < idAt) return undefined
  const idLength = new DataView(bytes.buffer, bytes.byteOffset).getUint16(start + 16)
  const keyAt = idAt + idLength
  if (idLength === 0 || idLength > longestCredentialId || bytes.length < keyAt) return undefined
  const key = readCbor(bytes, keyAt)
  if (!(key?.value instanceof Map)) return undefined
  const hex = Buffer.from(bytes.subarray(start, start + 16)).toString('hex')
  const attested: AttestedCredential = {
    aaguid: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    credentialId: bytes.subarray(idAt, keyAt),
    publicKey: bytes.subarray(keyAt, key.end),
  }
  return { attested, end: key.end }
}

/** An attestation object (section 6.5.4): what the authenticator says, and what vouches for it. */
export interface AttestationObject {
  readonly format: string
  readonly statement: CborMap
  readonly authenticatorData: Uint8Array
}

/** Undefined unless it is a map of exactly these three. */
export function readAttestationObject(map: CborMap | undefined): AttestationObject | undefined {
  const [format, statement, authenticatorData] = ['fmt', 'attStmt', 'authData'].map((name) => map?.get(name))
  if (map?.size !== 3 || typeof format !== 'string' || !(statement instanceof Map)) return undefined
  return authenticatorData instanceof Uint8Array ? { format, statement, authenticatorData } : undefined
}
