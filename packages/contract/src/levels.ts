import type { Operation } from './operation.ts'

/** Operations that judge the proof of a second factor: how long they take is the time of a verification. */
const proofOperations: ReadonlySet<string> = new Set([
  'verifyChallenge',
  'verifyPasskey',
  'activateFactor',
  'activateMyFactor',
])

export function judgesProof({ id }: Operation): boolean {
  return proofOperations.has(id)
}
