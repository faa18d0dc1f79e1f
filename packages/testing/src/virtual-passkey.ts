import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { type CborMap, encodeCbor } from './encode-cbor.ts'

/** What `navigator.credentials.create` is given, as JSON carries it. */
export interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id?: string | undefined; readonly name: string }
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string }
  readonly pubKeyCredParams: readonly { readonly alg: number; readonly type: string }[]
  readonly excludeCredentials?: readonly { readonly id: string }[] | undefined
}

/** What `navigator.credentials.get` is given, as JSON carries it. */
export interface RequestOptions {
  readonly challenge: string
  readonly rpId?: string | undefined
  readonly allowCredentials?: readonly { readonly id: string }[] | undefined
}

/** What a browser answers, as `PublicKeyCredential.toJSON()` writes it. */
export interface RegistrationJson {
  readonly id: string
  readonly rawId: string
  readonly type: 'public-key'
  readonly authenticatorAttachment: 'platform' | 'cross-platform'
  readonly clientExtensionResults: Record<string, never>
  readonly response: {
    readonly clientDataJSON: string
    readonly attestationObject: string
    readonly transports: string[]
  }
}

export interface AssertionJson extends Omit<RegistrationJson, 'response'> {
  readonly response: {
    readonly clientDataJSON: string
    readonly authenticatorData: string
    readonly signature: string
    readonly userHandle: string
  }
}

/** What an honest authenticator and an honest browser would not do, or what this person does not do this time. */
export interface Quirks {
  readonly origin?: string
  readonly type?: string
  readonly challenge?: string
  /** The site whose hash the authenticator signs. */
  readonly rpId?: string
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  readonly userPresent?: boolean
  readonly userVerified?: boolean
  readonly backupEligible?: boolean
  readonly backedUp?: boolean
  readonly signCount?: number
  readonly userHandle?: string
  /** Signs with a key that nobody has registered. */
  readonly otherKey?: true
  /** Changes bytes after they are made; those of authenticator data before they are signed. */
  readonly clientData?: (bytes: Buffer) => Uint8Array
  readonly authenticatorData?: (bytes: Buffer) => Uint8Array
  readonly signature?: (bytes: Buffer) => Uint8Array
  readonly attestationObject?: (bytes: Buffer) => Uint8Array
  /** Changes the members of the COSE key, or its bytes. */
  readonly publicKey?: (members: CborMap) => CborMap | Uint8Array
}

/** What vouches for a new credential: format and statement, made from what is to be signed. */
export type Attest = (signed: Buffer, key: KeyObject) => { readonly format: string; readonly statement: CborMap }

export interface VirtualPasskeyOptions {
  /** The page on which it is used, such as `https://app.example.org`. */
  readonly origin: string
  readonly algorithm?: 'ES256' | 'EdDSA' | 'RS256'
  /** `platform` is built in, `cross-platform` is a security key. */
  readonly attachment?: 'platform' | 'cross-platform'
  /** Whether its credentials may leave the device in a backup, and are in one. */
  readonly synced?: boolean
  /** Whether it counts signatures. Those that are synced do not. */
  readonly counts?: boolean
  /** Whether it checks who holds it. */
  readonly verifiesUser?: boolean
  /** Kind of authenticator, with hyphens. */
  readonly aaguid?: string
  readonly attest?: Attest
}

/** An authenticator in a browser, without either of them. */
export interface VirtualPasskey {
  /**
   * Makes a credential.
   * @throws Error `InvalidStateError` when it has one that is excluded, `NotSupportedError` without a common algorithm
   */
  create(options: CreationOptions, quirks?: Quirks): RegistrationJson
  /**
   * Signs with the newest credential that is asked for.
   * @throws Error `NotAllowedError` when it has none
   */
  get(options: RequestOptions, quirks?: Quirks): AssertionJson
}

interface Held {
  readonly id: Buffer
  readonly rpId: string
  readonly userHandle: string
  readonly key: KeyObject
  signCount: number
}

const coseAlgorithm = { ES256: -7, EdDSA: -8, RS256: -257 } as const

/**
 * A passkey for tests (Web Authentication Level 3). It does what the options ask, on the page it was made for; `quirks`
 * make it misbehave. It shares no code with the server, so that a mistake cannot hide by being made twice.
 *
 * ```ts
 * const passkey = virtualPasskey({ origin: 'https://app.example.org' })
 * const { factor, enrollment } = await gatehouse.users.factors.enroll({ id, type: 'webauthn' })
 * await gatehouse.factors.activate({ id: factor.id, response: passkey.create(enrollment.options) })
 * ```
 */
export function virtualPasskey(made: VirtualPasskeyOptions): VirtualPasskey {
  const { origin, algorithm = 'ES256', attachment = 'platform', synced = false, verifiesUser = true } = made
  const counts = made.counts ?? !synced
  const held: Held[] = []
  const envelope = (id: Buffer) => ({
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key' as const,
    authenticatorAttachment: attachment,
    clientExtensionResults: {},
  })
  const head = (rpId: string, signCount: number, quirks: Quirks, attested: boolean): Buffer => {
    const flags =
      (quirks.userPresent === false ? 0 : 1) |
      ((quirks.userVerified ?? verifiesUser) ? 4 : 0) |
      ((quirks.backupEligible ?? synced) ? 8 : 0) |
      ((quirks.backedUp ?? synced) ? 16 : 0) |
      (attested ? 64 : 0)
    const tail = Buffer.alloc(5)
    tail.writeUInt8(flags)
    tail.writeUInt32BE(quirks.signCount ?? signCount, 1)
    return Buffer.concat([digest(quirks.rpId ?? rpId), tail])
  }

  return {
    create(options, quirks = {}) {
      const rpId = options.rp.id ?? new URL(origin).hostname
      const excluded = options.excludeCredentials?.map(({ id }) => id) ?? []
      if (held.some(({ id }) => excluded.includes(id.toString('base64url')))) throw named('InvalidStateError')
      if (!options.pubKeyCredParams.some(({ alg }) => alg === coseAlgorithm[algorithm])) {
        throw named('NotSupportedError')
      }
      const { publicKey, privateKey } = newKeys(algorithm)
      const id = randomBytes(32)
      const cose = quirks.publicKey?.(coseKey(publicKey, algorithm)) ?? coseKey(publicKey, algorithm)
      const idLength = Buffer.alloc(2)
      idLength.writeUInt16BE(id.length)
      const plain = Buffer.concat([
        head(rpId, 0, quirks, true),
        Buffer.from((made.aaguid ?? '').replaceAll('-', '').padEnd(32, '0'), 'hex'),
        idLength,
        id,
        cose instanceof Uint8Array ? cose : encodeCbor(cose),
      ])
      const authData = Buffer.from(quirks.authenticatorData?.(plain) ?? plain)
      const clientData = clientDataOf('webauthn.create', origin, options.challenge, quirks)
      const vouched = made.attest?.(Buffer.concat([authData, digest(clientData)]), privateKey)
      const object = encodeCbor(
        new Map<string, CborMap | string | Buffer>([
          ['fmt', vouched?.format ?? 'none'],
          ['attStmt', vouched?.statement ?? new Map()],
          ['authData', authData],
        ]),
      )
      held.unshift({ id, rpId, userHandle: options.user.id, key: privateKey, signCount: 0 })
      return {
        ...envelope(id),
        response: {
          clientDataJSON: encode(clientData),
          attestationObject: encode(quirks.attestationObject?.(object) ?? object),
          transports: attachment === 'platform' ? ['internal'] : ['usb'],
        },
      }
    },

    get(options, quirks = {}) {
      const rpId = options.rpId ?? new URL(origin).hostname
      const wanted = options.allowCredentials?.map(({ id }) => id) ?? []
      const credential = held.find(
        ({ id, rpId: its }) => its === rpId && (wanted.length === 0 || wanted.includes(id.toString('base64url'))),
      )
      if (!credential) throw named('NotAllowedError')
      if (counts) credential.signCount += 1
      const plain = head(rpId, credential.signCount, quirks, false)
      const authData = Buffer.from(quirks.authenticatorData?.(plain) ?? plain)
      const clientData = clientDataOf('webauthn.get', origin, options.challenge, quirks)
      const key = quirks.otherKey ? newKeys(algorithm).privateKey : credential.key
      const signed = Buffer.concat([authData, digest(clientData)])
      const signature = sign(algorithm === 'EdDSA' ? null : 'sha256', signed, key)
      return {
        ...envelope(credential.id),
        response: {
          clientDataJSON: encode(clientData),
          authenticatorData: encode(authData),
          signature: encode(quirks.signature?.(signature) ?? signature),
          userHandle: quirks.userHandle ?? credential.userHandle,
        },
      }
    },
  }
}

/** The form that browsers write (Level 3, section 5.8.1.1). */
function clientDataOf(type: string, origin: string, challenge: string, quirks: Quirks): Uint8Array {
  const data = {
    type: quirks.type ?? type,
    challenge: quirks.challenge ?? challenge,
    origin: quirks.origin ?? origin,
    crossOrigin: quirks.crossOrigin ?? false,
    ...(quirks.topOrigin !== undefined && { topOrigin: quirks.topOrigin }),
  }
  const bytes = Buffer.from(JSON.stringify(data))
  return quirks.clientData?.(bytes) ?? bytes
}

type Algorithm = NonNullable<VirtualPasskeyOptions['algorithm']>

function newKeys(algorithm: Algorithm): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

/** RFC 9052, section 7, and RFC 8230, section 4. */
function coseKey(publicKey: KeyObject, algorithm: Algorithm): CborMap {
  const jwk = publicKey.export({ format: 'jwk' })
  const part = (name: 'x' | 'y' | 'n' | 'e') => Buffer.from(jwk[name] ?? '', 'base64url')
  const alg = coseAlgorithm[algorithm]
  if (algorithm === 'EdDSA') {
    return new Map<number, number | Buffer>([
      [1, 1],
      [3, alg],
      [-1, 6],
      [-2, part('x')],
    ])
  }
  if (algorithm === 'RS256') {
    return new Map<number, number | Buffer>([
      [1, 3],
      [3, alg],
      [-1, part('n')],
      [-2, part('e')],
    ])
  }
  return new Map<number, number | Buffer>([
    [1, 2],
    [3, alg],
    [-1, 1],
    [-2, part('x')],
    [-3, part('y')],
  ])
}

function digest(data: Uint8Array | string): Buffer {
  return createHash('sha256').update(data).digest()
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

/** Browsers name their refusals. */
function named(name: string): Error {
  return Object.assign(new Error(`${name}: the authenticator does not do this`), { name })
}
