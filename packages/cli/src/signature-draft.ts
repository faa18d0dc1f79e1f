import { createHash, createHmac } from 'node:crypto'

/** A request as it was captured, and the secret that should have signed it. */
export interface CapturedRequest {
  readonly clientId: string
  readonly secret: string
  readonly timestamp: string
  readonly body: Buffer
  /** What only v2 covers; without it the scheme is the classic one. */
  readonly v2?: {
    readonly nonce: string
    readonly method: string
    readonly host: string
    /** Path and query. */
    readonly path: string
  }
}

/** All that a signature is made of, part by part, so that each can be made otherwise. */
export interface Draft {
  readonly key: string | Buffer
  readonly mac: (key: string | Buffer, text: Buffer) => Buffer
  /** From the HMAC to the value of X-Signature. */
  readonly spelling: (mac: Buffer) => string
  /** What is signed, with the separator between its pieces. */
  readonly text: (draft: Draft) => readonly (string | Buffer)[]
  readonly separator: string
  readonly timestamp: string
  readonly body: Buffer
  readonly bodyHash: (body: Buffer) => string | Buffer
  readonly clientId: string
  readonly nonce: string
  readonly method: string
  readonly host: string
  readonly path: string
}

/** The parts as the scheme has them. */
export function draftOf({ clientId, secret, timestamp, body, v2 }: CapturedRequest): Draft {
  return {
    key: secret,
    mac: (key, text) => createHmac('sha256', key).update(text).digest(),
    spelling: (mac) => `${v2 ? 'v2' : 'sha256'}=${mac.toString('hex')}`,
    text: v2 ? linesOfV2 : (draft) => [draft.timestamp, draft.body],
    separator: v2 ? '\n' : '.',
    timestamp,
    body,
    bodyHash: (content) => createHash('sha256').update(content).digest('hex'),
    clientId,
    nonce: v2?.nonce ?? '',
    method: v2?.method ?? '',
    host: v2?.host.toLowerCase() ?? '',
    path: v2?.path ?? '',
  }
}

export function linesOfV2({ clientId, timestamp, nonce, method, host, path, body, bodyHash }: Draft) {
  return ['gatehouse-v2', clientId, timestamp, nonce, method, host, path, bodyHash(body)]
}

/** The value of X-Signature that the draft gives. */
export function signatureOf(draft: Draft): string {
  const pieces = draft.text(draft).flatMap((piece, index) => (index > 0 ? [draft.separator, piece] : [piece]))
  return draft.spelling(draft.mac(draft.key, Buffer.concat(pieces.map((piece) => Buffer.from(piece)))))
}
