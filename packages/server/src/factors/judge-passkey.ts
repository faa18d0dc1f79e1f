import type { Method } from '@gatehouse/contract/methods'
import type { Context } from '../context.ts'
import type { Write } from '../storage/write.ts'
import { type FactorRow, findFactorByHandle, replaceData } from './factor.store.ts'
import { listActiveFactors, listAskable } from './list-factors.ts'
import { type FactorReader, openFactor, sealData } from './stored-factor.ts'
import { judgeAssertion } from './webauthn/assertion.ts'
import type { PasskeySite } from './webauthn/passkey-site.ts'
import type { AssertionResponse } from './webauthn/response.ts'
import { handleOf, listProven, WebauthnData } from './webauthn/webauthn.ts'

/** Who a passkey says that somebody is. On acceptance nothing is stored yet: `spend` goes into the commit of the session. */
export type JudgedPasskey =
  | {
      readonly accepted: true
      readonly factor: FactorRow
      readonly proves: readonly Method[]
      /** Fails as `factor changed` when another answer was faster. */
      readonly spend: Write
    }
  | { readonly accepted: false; readonly factor: FactorRow | undefined; readonly check: string }

/** Judges an answer of somebody who has not said who they are. The person must have been verified by the device. */
export async function judgePasskey(
  ctx: Context,
  reader: FactorReader,
  site: PasskeySite,
  given: AssertionResponse,
  challenge: string,
): Promise<JudgedPasskey> {
  const factor = await findFactorByHandle(ctx.db, ctx.tenantId, handleOf(given.id))
  if (!factor) return { accepted: false, factor, check: 'unknown_credential' }
  const askable = listAskable(await listActiveFactors(ctx, factor.user_id), ctx.now)
  if (!askable.some(({ id }) => id === factor.id)) return { accepted: false, factor, check: 'factor_out_of_use' }
  const credential = WebauthnData.parse(openFactor(reader, factor).data)
  if (!credential) throw new Error('a passkey has a look-up key and no credential')
  // Here the user handle is the name of the account, and not merely a hint.
  if (!given.response.userHandle?.length) return { accepted: false, factor, check: 'user_handle' }
  const expected = { rpId: site.id, origins: site.origins, challenge, demandsUserVerification: true }
  const verdict = judgeAssertion(given, { credential, userHandle: Buffer.from(factor.user_id) }, expected)
  if (!verdict.accepted) return { accepted: false, factor, check: verdict.check }
  const spend = replaceData({
    id: factor.id,
    version: factor.version,
    data: sealData(reader.keys, factor, verdict.credential, ctx),
    last_used_at: ctx.now.getTime(),
  })
  return { accepted: true, factor, proves: listProven(verdict), spend }
}
