import { Action } from '@gatehouse/contract/action'
import type { Policy } from '@gatehouse/contract/policy'
import { DeviceKey, PushSubscription } from '@gatehouse/contract/push-operations'
import { z } from 'zod'
import { equal } from '../../crypto/equal.ts'
import type { Moment } from '../../kernel/moment.ts'
import { CodeResponse } from '../code-response.ts'
import type { Factor, Occasion } from '../factor.ts'
import { drawQr } from '../qr.ts'
import { hasSigned } from './device-key.ts'
import { handleOfCode, newPairingCode } from './pairing-code.ts'
import { signedText } from './signed-text.ts'

const asking: PushSubscription = { transport: 'polling' }

/** A device, once it is paired, and how it is told that a request waits. */
export const PushData = z.strictObject({ key: DeviceKey.nullable(), subscription: PushSubscription.default(asking) })
export type PushData = z.infer<typeof PushData>

/** The number that the device must be told, and who asked. Of an enrolment, the number that the device tells. */
export const PushKept = z.strictObject({
  number: z.string(),
  application: z.string(),
  action: Action.nullable(),
  ipAddress: z.string().nullable(),
  userAgent: z.string().nullable(),
})
export type PushKept = z.infer<typeof PushKept>

/** What a device says of a request, with its signature over that. */
const DeviceAnswer = z.strictObject({
  deviceId: z.string(),
  requestId: z.string(),
  decision: z.enum(['approve', 'deny']),
  number: z.string(),
  time: z.number(),
  signature: z.string(),
})
type DeviceAnswer = z.infer<typeof DeviceAnswer>

/** Nobody can type an approval: it is what a device has signed, or nothing. */
type PushResponse = DeviceAnswer | CodeResponse

interface Settings {
  readonly policy: Pick<Policy, 'pushSeconds' | 'enrollmentSeconds' | 'enrollmentAttempts'>
  /** Where people reach the server. */
  readonly publicUrl: string
}

const nowhere: Occasion = { application: '', action: null, ipAddress: null, userAgent: null }

/**
 * A device that is asked whether a sign-in is its owner's. The sign-in shows two digits and the owner types them on the
 * device: whoever merely taps approves nothing (NIST SP 800-63B, section 3.1.3). The device never gets the number from us.
 */
export function push({ policy, publicUrl }: Settings) {
  return {
    type: 'push',
    proves: ['swk'],
    options: z.strictObject({}),
    data: PushData,
    kept: PushKept,
    response: DeviceAnswer,
    firstResponse: CodeResponse,
    disturbs: true,

    enroll(moment) {
      const code = newPairingCode(moment)
      const uri = `${publicUrl}/device#pair=${code}`
      const handle = handleOfCode(code)
      if (handle === undefined) throw new Error('a pairing code has another form than it should')
      return {
        data: { key: null, subscription: asking },
        handle,
        shown: {
          pairing_code: code,
          uri,
          qr: drawQr(uri),
          instructions: [
            'Open the address on the device that is to approve sign-ins, or scan the code with its camera.',
            'The device shows six digits. Enter them here.',
          ],
        },
        question: {
          kept: { number: newNumber(moment, 6), ...nowhere },
          tries: policy.enrollmentAttempts,
          lifeSeconds: policy.enrollmentSeconds,
        },
      }
    },

    challenge(moment, { subscription }, { occasion = nowhere }) {
      const number = newNumber(moment, 2)
      return {
        kept: { number, ...occasion },
        tries: 1,
        lifeSeconds: policy.pushSeconds,
        shown: { number },
        transport: subscription.transport,
      }
    },

    /** The digits that the server has told the device that was paired, and nobody else. */
    confirm(_moment, { data, kept, response }) {
      if (!data.key) return { accepted: false, reason: 'mismatch', diagnosis: { paired: 0 } }
      if (!kept || !('code' in response) || !equal(response.code, kept.number)) {
        return { accepted: false, reason: 'mismatch' }
      }
      return { accepted: true, data }
    },

    verify(_moment, { data, kept, response }) {
      if (!data.key || !kept || !('decision' in response) || !isSigned(data.key, response)) {
        return { accepted: false, reason: 'mismatch', diagnosis: { check: 'signature' } }
      }
      if (response.decision !== 'approve' || !equal(response.number, kept.number)) {
        return { accepted: false, reason: 'mismatch', diagnosis: { check: 'number' } }
      }
      return { accepted: true, data }
    },
  } satisfies Factor<PushData, PushKept, PushResponse, object>
}

/** Whether this device has said this of this request. */
function isSigned(key: DeviceKey, { deviceId, requestId, decision, number, time, signature }: DeviceAnswer): boolean {
  return hasSigned(key, signedText('answer', [deviceId, requestId, decision, number], time), signature)
}

/** Each as likely as any other, but for less than one part in a thousand million. */
function newNumber({ random }: Moment, digits: number): string {
  const number = Buffer.from(random(6)).readUIntBE(0, 6)
  return String(number % 10 ** digits).padStart(digits, '0')
}
