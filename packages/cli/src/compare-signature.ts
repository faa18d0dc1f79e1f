import { type CapturedRequest, type Draft, draftOf, signatureOf } from './signature-draft.ts'
import { type Slip, slipsOfV1, slipsOfV2 } from './signature-slips.ts'

/**
 * What was done otherwise than the scheme says, in sentences: none if the signature (the value of X-Signature) is right,
 * undefined if no guess fits. It tries the slips that people make, alone and in pairs.
 */
export function compareSignature(given: string, request: CapturedRequest): readonly string[] | undefined {
  const forms = findForms(request)
  // The classic scheme takes hex in either case, v2 does not.
  const signature = request.v2 ? given : given.replace(/^sha256=[0-9a-f]{64}$/i, (text) => text.toLowerCase())
  const slips = findSlips(signature, draftOf(request), request.v2 ? slipsOfV2 : slipsOfV1)
  return slips ? [...forms, ...slips.map(({ said }) => said)] : forms.length > 0 ? forms : undefined
}

function findForms({ timestamp, v2 }: CapturedRequest): readonly string[] {
  return [
    ...(/^[1-9][0-9]{0,11}$/.test(timestamp) ? [] : ['X-Timestamp must be unix seconds, without a fraction.']),
    ...(!v2 || /^[A-Za-z0-9_-]{16,64}$/.test(v2.nonce) ? [] : ['X-Nonce must be 16 to 64 letters, digits, _ and -.']),
  ]
}

/** The slips, alone or in pairs, that make this signature of the right draft: none if it is right, undefined if none do. */
export function findSlips(signature: string, right: Draft, all: readonly Slip[]): readonly Slip[] | undefined {
  const pairs = all.flatMap((one, index) =>
    all.slice(index + 1).flatMap((other) => (one.part === other.part ? [] : [[one, other]])),
  )
  const guesses: readonly (readonly Slip[])[] = [[], ...all.map((one) => [one]), ...pairs]
  return guesses.find((guess) => signatureOf(guess.reduce(makeSlip, right)) === signature)
}

function makeSlip(draft: Draft, { change }: Slip): Draft {
  return { ...draft, ...change(draft) }
}
