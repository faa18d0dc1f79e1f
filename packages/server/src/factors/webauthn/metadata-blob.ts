import { verify, type X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { leadsTo, readCertificates } from './certificate-path.ts'

/** What the makers of authenticators have told the FIDO alliance, as far as we use it. By AAGUID. */
export interface Metadata {
  /** Serial number of the BLOB; it only rises. */
  readonly no: number
  /** When the next one is due. */
  readonly nextUpdate: Date
  readonly entries: ReadonlyMap<string, MetadataEntry>
}

export interface MetadataEntry {
  readonly roots: readonly X509Certificate[]
  /** What has become of it, in the words of the FIDO alliance: a status that ends all trust, if any. */
  readonly distrust: string | undefined
}

/** FIDO Metadata Service 3.1, section 3.1.4: an authenticator of which one of these was ever said is not to be relied on. */
const distrusted: ReadonlySet<string> = new Set([
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
])

const Header = z.object({ alg: z.enum(['ES256', 'RS256']), x5c: z.array(z.base64()).min(1).max(5) })
const Payload = z.object({
  no: z.int().min(0),
  nextUpdate: z.iso.date(),
  entries: z.array(
    z.object({
      aaguid: z.string().optional(),
      metadataStatement: z.object({ attestationRootCertificates: z.array(z.string()) }).optional(),
      statusReports: z.array(z.object({ status: z.string() })),
    }),
  ),
})

/**
 * The BLOB of the FIDO Metadata Service (version 3.1, section 3.2): a JWT whose certificate leads to the given roots.
 * @throws Error, one sentence for the operator
 */
export function readMetadataBlob(jwt: string, roots: readonly X509Certificate[], now: Date): Metadata {
  const [head = '', body = '', tail = '', ...rest] = jwt.trim().split('.')
  const header = Header.safeParse(readJson(head))
  if (rest.length > 0 || !header.success) throw new Error('it is not a metadata BLOB (a signed JWT with x5c)')
  const path = readCertificates(header.data.x5c.map((text) => Buffer.from(text, 'base64')))
  if (!path || !leadsTo(roots, path, now)) throw new Error('its certificate does not lead to the root that you gave')
  const key = path[0]?.publicKey
  const signature = Buffer.from(tail, 'base64url')
  const isEc = header.data.alg === 'ES256'
  const fits = key?.asymmetricKeyType === (isEc ? 'ec' : 'rsa')
  const signed = Buffer.from(`${head}.${body}`)
  if (!key || !fits || !verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)) {
    throw new Error('its signature is not valid')
  }
  const payload = Payload.safeParse(readJson(body))
  if (!payload.success) throw new Error('it does not hold what a metadata BLOB holds')
  const { no, nextUpdate, entries } = payload.data
  return { no, nextUpdate: new Date(`${nextUpdate}T00:00:00Z`), entries: new Map(entries.flatMap(readEntry)) }
}

function readEntry(entry: z.infer<typeof Payload>['entries'][number]): [string, MetadataEntry][] {
  if (!entry.aaguid) return []
  const given = entry.metadataStatement?.attestationRootCertificates ?? []
  const roots = given.flatMap((text) => readCertificates([Buffer.from(text, 'base64')]) ?? [])
  const distrust = entry.statusReports.find(({ status }) => distrusted.has(status))?.status
  return [[entry.aaguid.toLowerCase(), { roots, distrust }]]
}

function readJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
