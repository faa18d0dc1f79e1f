import type { SentCode } from '@gatehouse/contract/account-operations'
import { type Context, isTestCall } from '../context.ts'
import { sha256 } from '../crypto/sha256.ts'
import { type AskTools, askQuestion, useQuestion } from '../factors/ask-question.ts'
import { toAsciiAddress } from '../factors/email/email.ts'
import type { AnyFactor, Letter } from '../factors/factor.ts'
import { parsePhoneNumber } from '../factors/sms/phone-number.ts'
import type { FactorReader } from '../factors/stored-factor.ts'
import { refuse } from '../log/refuse.ts'
import type { Write } from '../storage/write.ts'
import type { UserRow } from '../users/get-user.ts'
import { nameOfAccount } from '../users/name-of-account.ts'

export interface AddressTools extends FactorReader, AskTools {
  readonly issuer: string
}

/** Where a person is reached: proven by a code that goes there, as a factor of that type is. */
export type AddressType = 'email' | 'sms'

/** The one spelling of an address, to be compared and sent to. */
export async function normalAddress(type: AddressType, given: string): Promise<string> {
  return type === 'email' ? toAsciiAddress(given) : parsePhoneNumber(given)
}

interface Wanted {
  readonly type: AddressType
  /** In its one spelling. */
  readonly address: string
  /** What goes there in place of a code, so that nobody can answer and whoever asked is told the same. */
  readonly instead?: Letter
}

/** Sends a code to an address of a user. The one before it, to the same address from the same session, is dead. */
export async function sendAddressCode(
  ctx: Context,
  tools: AddressTools,
  user: UserRow,
  { type, address, instead }: Wanted,
): Promise<{ readonly writes: readonly Write[]; readonly answer: SentCode }> {
  const kind = kindOf(tools, type)
  const owner = {
    userId: user.id,
    label: nameOfAccount(user),
    issuer: tools.issuer,
    owned: [],
    isTest: isTestCall(ctx),
  }
  const question = await kind.challenge?.(ctx, { address }, owner)
  if (!question) throw new Error(`factors of the type ${type} ask for nothing`)
  const sent = instead ? { ...question, send: instead } : question
  const { writes, expiresAt, resendAfter } = await askQuestion(ctx, tools, aboutAddress(ctx, kind, user, address), sent)
  return {
    writes,
    answer: {
      sent_to: String(question.shown?.['sent_to']),
      expires_at: new Date(expiresAt).toISOString(),
      ...(resendAfter !== undefined && { resend_after: new Date(resendAfter).toISOString() }),
    },
  }
}

/** Judges a code that went to this address, counted before that. The write spends it: fails as `question spent`. */
export async function judgeAddressCode(
  ctx: Context,
  tools: AddressTools,
  user: UserRow,
  { type, address, code }: Pick<Wanted, 'type' | 'address'> & { readonly code: string },
): Promise<Write> {
  const kind = kindOf(tools, type)
  const question = await useQuestion(ctx, tools.keys, aboutAddress(ctx, kind, user, address))
  const response = kind.response.safeParse({ code })
  if (question && response.success) {
    const verdict = await kind.verify(ctx, { data: { address }, kept: question.kept, response: response.data })
    if (verdict.accepted) return question.spend
  }
  return refuse(ctx, 'mfa_code_invalid', {
    event: { type: 'user.address_rejected', userId: user.id, data: { channel: type } },
  })
}

function kindOf({ factors }: FactorReader, type: AddressType): AnyFactor {
  const kind = factors.find((each) => each.type === type)
  if (!kind) throw new Error(`this version has no codes by ${type}`)
  return kind
}

/** Only whoever asked may answer: the application, or the session of the person. */
function aboutAddress(ctx: Context, kind: AnyFactor, { id, tenant_id }: UserRow, address: string) {
  const asker = ctx.actor.kind === 'user' ? ctx.actor.session.id : ''
  // What is kept for minutes needs no address in the open.
  const digest = sha256(JSON.stringify([asker, address])).toString('base64url')
  const factor = { id: `address ${kind.type} ${id} ${digest}`, user_id: id, tenant_id }
  return { kind, factor, purpose: 'enroll', challengeId: null } as const
}
