import { idOf } from '@gatehouse/contract/fields'
import { PasskeyCreationOptions } from '@gatehouse/contract/webauthn'
import { z } from 'zod'
import { equal } from '../crypto/equal.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Keyring } from '../keys/keyring.ts'
import { openText, sealText } from '../keys/sealed-text.ts'
import { AuthorizationRequest } from './authorization-request.ts'

const challenge = { challengeId: idOf('chl'), isStepUp: z.boolean(), email: z.string() }
/** Where a factor is set up: in whose session. */
const setup = { sessionId: idOf('ses'), isRecovery: z.boolean() }

/** Where somebody stands in a sign-in. What has been proven is in the rows that the ids name, and nowhere else. */
export const Step = z.discriminatedUnion('at', [
  z.strictObject({ at: z.literal('email'), email: z.string().optional(), isExpired: z.boolean().optional() }),
  z.strictObject({ at: z.literal('password'), email: z.string() }),
  z.strictObject({ at: z.literal('forgot'), email: z.string(), isSent: z.boolean() }),
  z.strictObject({ at: z.literal('register'), email: z.string(), isSent: z.boolean() }),
  z.strictObject({
    at: z.literal('code'),
    ...challenge,
    factorId: idOf('fac'),
    sentTo: z.string().optional(),
    /** Epoch milliseconds: before that no other code is sent. */
    resendAt: z.number().optional(),
    number: z.string().optional(),
  }),
  z.strictObject({ at: z.literal('ways'), ...challenge, lastId: idOf('fac').optional() }),
  z.strictObject({ at: z.literal('lost'), ...challenge, readyAt: z.string().optional() }),
  z.strictObject({ at: z.literal('enroll'), ...setup }),
  z.strictObject({ at: z.literal('enroll_app'), ...setup, factorId: idOf('fac'), key: z.string(), uri: z.string() }),
  z.strictObject({
    at: z.literal('enroll_passkey'),
    ...setup,
    factorId: idOf('fac'),
    options: PasskeyCreationOptions,
  }),
  z.strictObject({
    at: z.literal('codes'),
    ...setup,
    factorId: idOf('fac'),
    codes: z.array(z.string()),
    /** A set that waits for one of its codes. */
    setId: idOf('fac').optional(),
  }),
])
export type Step = z.infer<typeof Step>

/**
 * A sign-in on its way, kept by the browser: sealed, for half an hour, and another one at each step. It says where somebody is and
 * proves nothing: each id in it is looked up again.
 */
export const Flow = z.strictObject({
  id: idOf('flw'),
  /** Epoch milliseconds. */
  until: z.number(),
  /** Stands in each form of the page: what another page sends does not have it. */
  mark: z.string(),
  request: AuthorizationRequest,
  /** Of whom it is, as far as they have said. */
  email: z.string().optional(),
  step: Step,
})
export type Flow = z.infer<typeof Flow>
export type FlowId = Flow['id']

export function isFlowId(text: string): text is FlowId {
  return idOf('flw').safeParse(text).success
}

const homeOf = (id: string) => ({ table: 'flow', row: id, column: 'state', tenant: '', purpose: 'sign_in' })

export function sealFlow(keys: Keyring, flow: Flow, moment: Pick<Moment, 'random'>): string {
  return sealText(keys, JSON.stringify(flow), homeOf(flow.id), moment)
}

/** The flow of this id that a browser has kept; undefined when it is none of ours, or is over. */
export function openFlow(keys: Keyring, id: FlowId, sealed: string | undefined, now: Date): Flow | undefined {
  const text = openText(keys, sealed, homeOf(id))
  const flow = text === undefined ? undefined : Flow.safeParse(JSON.parse(text)).data
  return flow?.id === id && flow.until > now.getTime() ? flow : undefined
}

/** Whether a form was sent from the page that is shown now. */
export function bearsMark(form: ReadonlyMap<string, string>, { mark }: Pick<Flow, 'mark'>): boolean {
  return equal(form.get('mark') ?? '', mark)
}

/** A text that nobody guesses. */
export function newMark({ random }: Pick<Moment, 'random'>): string {
  return Buffer.from(random(16)).toString('base64url')
}

const browserHome = (slug: string) => ({
  table: 'session',
  row: slug,
  column: 'browser',
  tenant: '',
  purpose: 'presence',
})
const SessionId = idOf('ses')

/** What a browser keeps of a session with a client, to be known again when a second factor is asked for. It opens nothing. */
export function sealPresence(
  keys: Keyring,
  slug: string,
  sid: `ses_${string}`,
  moment: Pick<Moment, 'random'>,
): string {
  return sealText(keys, sid, browserHome(slug), moment)
}

export function openPresence(keys: Keyring, slug: string, sealed: string | undefined): `ses_${string}` | undefined {
  return SessionId.safeParse(openText(keys, sealed, browserHome(slug))).data
}
