import type { Config } from './config.ts'
import type { AttestationPolicy } from './factors/webauthn/attestation.ts'
import { readPemCertificates } from './factors/webauthn/certificate-path.ts'
import { type Metadata, readMetadataBlob } from './factors/webauthn/metadata-blob.ts'
import type { PasskeySettings, PasskeySite } from './factors/webauthn/passkey-site.ts'
import { findOriginProblem, findRpIdProblem } from './factors/webauthn/relying-party.ts'
import { dayMs } from './kernel/durations.ts'
import type { World } from './kernel/moment.ts'
import { startError } from './storage/start-error.ts'
import type { Storage } from './storage/storage.ts'

interface Place {
  readonly storage: Storage
  readonly world: World
  readonly publicUrl: string
}

/**
 * Where passkeys are used. Undefined where they cannot be: at an address without a domain, or without HTTPS.
 * @throws StartError when the metadata of the FIDO alliance cannot be relied on
 */
export async function openPasskeySite(config: Config, place: Place): Promise<PasskeySite | undefined> {
  const { passkeys: settings, serviceName } = config
  // A command beside the server has no address.
  const url = URL.parse(place.publicUrl)
  if (!url) return undefined
  const { hostname, origin } = url
  const id = settings.rpId ?? hostname
  const origins = settings.origins ?? [origin]
  const attestation = settings.attestation === 'direct' ? await openAttestation(settings, place) : undefined
  if (findRpIdProblem(id) || origins.some(findOriginProblem)) return undefined
  return { id, name: serviceName, origins, demandsUserVerification: settings.demandsUserVerification, attestation }
}

async function openAttestation(settings: PasskeySettings, place: Place): Promise<AttestationPolicy> {
  return {
    roots: settings.roots === undefined ? [] : readPemCertificates(settings.roots),
    aaguids: settings.aaguids && new Set(settings.aaguids),
    metadata: await openMetadata(settings, place),
  }
}

async function openMetadata(settings: PasskeySettings, { storage, world }: Place): Promise<Metadata | undefined> {
  const { metadata: blob, metadataRoot } = settings
  if (blob === undefined || metadataRoot === undefined) return undefined
  const now = world.now()
  const metadata = readBlob(blob, metadataRoot, now)
  const { result: before, owed } = await storage.counters.update(
    'fido metadata no',
    3650 * dayMs,
    now.getTime(),
    (kept) => {
      const highest = Math.max(Number(kept ?? 0), metadata.no)
      return { kept: String(highest), result: Number(kept ?? 0) }
    },
  )
  if (owed) await storage.commit([], [owed])
  if (metadata.no < before) {
    throw startError(
      `GATEHOUSE_WEBAUTHN_METADATA is number ${metadata.no}, and number ${before} was in use before: an old BLOB hides what became known since. Download it again.`,
    )
  }
  return metadata
}

function readBlob(blob: string, rootPem: string, now: Date): Metadata {
  try {
    return readMetadataBlob(blob, readPemCertificates(rootPem), now)
  } catch (cause) {
    throw startError(`GATEHOUSE_WEBAUTHN_METADATA cannot be relied on: ${(cause as Error).message}.`, cause)
  }
}
