import type { Caller } from '@gatehouse/contract/operation'
import { admitOnce } from './admit-once.ts'
import { awaitOpening } from './await-opening.ts'
import type { Layer } from './call.ts'
import { checkScope } from './check-scope.ts'
import { checkShape } from './check-shape.ts'
import { checkSignature } from './check-signature.ts'
import { demandProof } from './demand-proof.ts'
import { demandTls } from './demand-tls.ts'
import { findAddress } from './find-address.ts'
import { findAdministrator } from './find-administrator.ts'
import { findBearer } from './find-bearer.ts'
import { findClient } from './find-client.ts'
import { limitClient } from './limit-client.ts'
import { limitRate } from './limit-rate.ts'
import { noteSecretUse } from './note-secret-use.ts'
import { parseBody } from './parse-body.ts'
import { refuseReplay } from './refuse-replay.ts'

const all: readonly Caller[] = ['client', 'user', 'admin', 'public']

/**
 * Every wall between the network and an operation, in the order in which a request meets them. Sizes and times of the
 * bytes themselves are bounded by the HTTP server (`http-server.ts`) before the first of them.
 */
export const layers: readonly Layer[] = [
  { name: 'limits of shape', stage: 'head', callers: all, pass: checkShape },
  { name: 'TLS demanded', stage: 'head', callers: all, pass: demandTls },
  { name: 'who is calling', stage: 'head', callers: all, pass: findAddress },
  { name: 'a restored server waits', stage: 'head', callers: all, pass: awaitOpening },
  { name: 'client known and address on its list', stage: 'head', callers: ['client'], pass: findClient },
  { name: 'whose access token', stage: 'head', callers: ['user'], pass: findBearer },
  { name: 'which administrator', stage: 'head', callers: ['admin'], pass: findAdministrator },
  { name: 'timestamp and signature over the raw bytes', stage: 'body', callers: ['client'], pass: checkSignature },
  { name: 'signature not seen before', stage: 'body', callers: ['client'], pass: refuseReplay },
  // Judges nothing: who is here has shown that the secret is in use.
  { name: 'use of the secret noted', stage: 'body', callers: ['client'], pass: noteSecretUse },
  { name: 'rate limit of the client', stage: 'body', callers: ['client'], pass: limitClient },
  // Whoever calls for themselves is counted before the body is read: what makes no sense costs as much as what does.
  { name: 'rate limit of the class', stage: 'body', callers: ['user', 'admin'], pass: limitRate },
  { name: 'body parsed against the contract', stage: 'body', callers: all, pass: parseBody },
  // After the body: the person's address stands in it, and a signature has vouched for it.
  { name: 'rate limit of the class', stage: 'body', callers: ['client', 'public'], pass: limitRate },
  { name: 'who acts and may they', stage: 'body', callers: ['client', 'admin'], pass: checkScope },
  { name: 'request not carried out before', stage: 'body', callers: ['client'], pass: admitOnce },
  {
    name: 'second factor, fresh where it is demanded',
    stage: 'body',
    callers: ['user', 'client', 'admin'],
    pass: demandProof,
  },
]
