import { createHmac } from 'node:crypto'
import { describeAction } from '@gatehouse/contract/action'
import type { Policy } from '@gatehouse/contract/policy'
import { testAddress, testCode } from '@gatehouse/contract/sandbox-operations'
import { z } from 'zod'
import { equal } from '../../crypto/equal.ts'
import { Fault } from '../../kernel/fault.ts'
import type { Moment } from '../../kernel/moment.ts'
import { CodeResponse } from '../code-response.ts'
import type { Factor, Owner, Question } from '../factor.ts'

export const SentCodeData = z.strictObject({ address: z.string() })
export type SentCodeData = z.infer<typeof SentCodeData>

/** Never the code itself. The hash of six digits keeps no secret alone: its key is sealed with it, and lives for minutes. */
const SentCodeKept = z.strictObject({ key: z.base64url(), hash: z.base64url() })
type SentCodeKept = z.infer<typeof SentCodeKept>

type Asker = Pick<Owner<SentCodeData>, 'occasion' | 'isTest'>
type SentCodeFactor<Options> = Factor<SentCodeData, SentCodeKept, CodeResponse, Options>

/** What one way of sending codes is made of. */
interface Way<Options> extends Pick<SentCodeFactor<Options>, 'proves' | 'options'> {
  readonly type: 'sms' | 'email'
  readonly policy: Pick<Policy, 'codeSeconds' | 'codeTries'>
  /** One address in its one spelling, ready to be sent to. */
  readAddress(options: Options, owner: Owner<SentCodeData>): string | Promise<string>
  /** Enough to know it again, too little to learn it. */
  mask(address: string): string
}

/**
 * A code of six digits that goes to an address of its owner. The first one proves that the address is theirs: until then
 * nothing else is asked of it. Six digits, three tries, five minutes: NIST SP 800-63B, section 3.1.3.
 */
export function sentCode<Options>({ type, proves, options, policy, readAddress, mask }: Way<Options>) {
  const ask = ({ random }: Moment, { address }: SentCodeData, { occasion, isTest }: Asker): Question<SentCodeKept> => {
    const action = occasion?.action
    const code = isTest && testAddress.test(address) ? testCode : newCode(random)
    const key = Buffer.from(random(32)).toString('base64url')
    const minutes = String(Math.floor(policy.codeSeconds / 60))
    return {
      kept: { key, hash: hashCode(key, code) },
      tries: policy.codeTries,
      lifeSeconds: policy.codeSeconds,
      shown: { sent_to: mask(address) },
      send: action
        ? {
            channel: type,
            to: address,
            kind: 'approval_code',
            values: { code, minutes, action: describeAction(action) },
          }
        : { channel: type, to: address, kind: 'code', values: { code, minutes } },
    }
  }
  return {
    type,
    proves,
    options,
    data: SentCodeData,
    kept: SentCodeKept,
    response: CodeResponse,

    async enroll(moment, owner, chosen) {
      const data = { address: await readAddress(chosen, owner) }
      if (owner.owned.some(({ address }) => address === data.address)) throw new Fault('factor_taken')
      const instructions = ['Wait for the message with six digits.', 'Enter them. They are good for a few minutes.']
      return { data, shown: { instructions }, label: mask(data.address), question: ask(moment, data, owner) }
    },

    challenge: ask,

    farewell: ({ address }) => ({ channel: type, to: address, kind: 'address_removed', values: {} }),

    verify(_moment, { data, kept, response }) {
      if (!kept || !equal(hashCode(kept.key, response.code), kept.hash)) return { accepted: false, reason: 'mismatch' }
      return { accepted: true, data }
    },
  } satisfies SentCodeFactor<Options>
}

/** Each of the million codes is as likely as any other, but for one part in a hundred million. */
function newCode(random: Moment['random']): string {
  const number = Buffer.from(random(6)).readUIntBE(0, 6)
  return String(number % 1_000_000).padStart(6, '0')
}

function hashCode(key: string, code: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64url')).update(code).digest('base64url')
}
