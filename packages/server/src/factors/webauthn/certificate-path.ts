import { X509Certificate } from 'node:crypto'

/** More than any authenticator brings. */
const longestPath = 5

/** The certificates of PEM text, in their order. Throws when there is none, or one that is none. */
export function readPemCertificates(pem: string): readonly X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  if (!found) throw new Error('there is no certificate in it')
  return found.map((each) => new X509Certificate(each))
}

/** DER certificates; undefined when one of them is none. */
export function readCertificates(ders: readonly Uint8Array[]): readonly X509Certificate[] | undefined {
  try {
    return ders.map((der) => new X509Certificate(der))
  } catch {
    return undefined
  }
}

/**
 * Whether `path`, the leaf first, leads to one of `roots`: each certificate is issued and signed by the next, every issuer
 * may issue, all are valid now (RFC 5280, section 6.1). A leaf that is itself a root is trusted as it is. Nobody is
 * asked: revocation is what the metadata of the FIDO alliance is for.
 */
export function leadsTo(roots: readonly X509Certificate[], path: readonly X509Certificate[], now: Date): boolean {
  const [leaf, ...rest] = path
  if (!leaf || path.length > longestPath || !path.every((each) => isValidAt(each, now))) return false
  const isRoot = (each: X509Certificate) => roots.some((root) => root.raw.equals(each.raw))
  if (isRoot(leaf)) return true
  const steps = path.slice(0, -1).every((each, index) => isIssuedBy(each, rest[index]))
  if (!steps) return false
  const last = path.at(-1)
  if (!last) return false
  return (path.length > 1 && isRoot(last)) || roots.some((root) => isValidAt(root, now) && isIssuedBy(last, root))
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate | undefined): boolean {
  if (!issuer?.ca || !certificate.checkIssued(issuer)) return false
  return certificate.verify(issuer.publicKey)
}

function isValidAt(certificate: X509Certificate, now: Date): boolean {
  return certificate.validFromDate <= now && now <= certificate.validToDate
}
