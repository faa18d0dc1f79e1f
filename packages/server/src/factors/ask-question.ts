import type { Message } from '@gatehouse/contract/messages'
import type { Policy } from '@gatehouse/contract/policy'
import { type Context, hit, isTestCall } from '../context.ts'
import type { Home } from '../crypto/seal.ts'
import { dayMs, minuteMs, secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { type ChallengeId, type FactorId, type Id, newId } from '../kernel/ids.ts'
import type { Keyring } from '../keys/keyring.ts'
import { sealedColumn } from '../keys/sealed-column.ts'
import type { FailingTransports } from '../levels/failing-transports.ts'
import type { Channels } from '../messages/channel.ts'
import { demandChannel } from '../messages/demand-channel.ts'
import { sendMessage } from '../messages/send-message.ts'
import { noteRequest } from '../push/note-request.ts'
import type { Write } from '../storage/write.ts'
import type { FactorRow } from './factor.store.ts'
import type { AnyFactor, Letter, Question } from './factor.ts'
import { countPush } from './pace-push.ts'
import {
  findQuestion,
  findQuestionById,
  listQuestionsOf,
  type QuestionRow,
  replaceQuestion,
  spendQuestion,
} from './question.store.ts'

/** What asking needs besides the question. */
export interface AskTools {
  readonly keys: Keyring
  readonly policy: Policy
  readonly channels: Channels
  readonly failing: FailingTransports
}

/** Whom a question is put to, and what its answer may open: one challenge, or the enrolment of the factor. */
export interface About {
  readonly kind: AnyFactor
  readonly factor: Pick<FactorRow, 'user_id' | 'tenant_id'> & { readonly id: string }
  readonly purpose: QuestionRow['purpose']
  readonly challengeId: ChallengeId | null
  /** Whoever asks from a device that the owner has proven uses up nothing that strangers can use up. */
  readonly deviceId?: Id<'dev'> | undefined
}

interface Asked {
  readonly writes: readonly Write[]
  readonly expiresAt: number
  /** Before this time no other message goes to the same address. */
  readonly resendAfter: number | undefined
}

/**
 * Asks: keeps the question, sends what is to be sent. The question of the same factor and purpose before it is dead.
 * @throws Fault `channel_not_configured`; `push_limited`, `push_stopped`; `too_many_attempts` when its address has had
 *   enough messages, or what such messages may cost is spent; `country_not_served`
 */
export async function askQuestion(
  ctx: Context,
  { keys, policy, channels }: Omit<AskTools, 'failing'>,
  about: About,
  question: Question<unknown>,
): Promise<Asked> {
  const { factor, challengeId } = about
  const { user_id: userId } = factor
  const rings = about.kind.disturbs === true && about.purpose !== 'enroll'
  const send = rings ? ringOf(ctx, channels, factor, question) : question.send
  if (rings) await countPush(ctx, userId, policy)
  if (send) {
    // What a test tenant sends is kept, and needs no way out.
    const channel = isTestCall(ctx) ? channels[send.channel] : demandChannel(channels, send.channel)
    if (!rings) await countSend(ctx, send, about.deviceId, policy)
    await channel?.count?.(ctx, { to: send.to, userId })
  }
  const now = ctx.now.getTime()
  const expiresAt = now + question.lifeSeconds * secondMs
  const notAfter = new Date(expiresAt)
  const slot = slotOf(about)
  const topic = `question ${slot.subject} ${slot.purpose}`
  const place = { id: newId('qst', ctx), tenant_id: factor.tenant_id, ...slot }
  const row = replaceQuestion({
    ...place,
    challenge_id: challengeId,
    kept: keys.seal(JSON.stringify(question.kept), homeOfKept(place), ctx),
    tries: question.tries,
    created_at: now,
    expires_at: expiresAt,
  })
  const messageId = newId('msg', ctx)
  const sent = send ? sendMessage(ctx, keys, { ...send, id: messageId, userId, topic, notAfter }) : []
  const ring = {
    id: place.id,
    userId,
    // What rings is a factor; only a code is sent to what is none yet.
    factorId: factor.id as FactorId,
    transport: (send && question.transport) ?? 'polling',
    messageId: send ? messageId : null,
    expiresAt,
  }
  return {
    writes: [row, ...sent, ...(rings ? [noteRequest(ctx, ring)] : [])],
    expiresAt,
    resendAfter: send && !rings ? now + policy.codeResendSeconds * secondMs : undefined,
  }
}

/** What wakes the device. One that is asked in vain, or can be told in no way, finds the question when it looks. */
function ringOf(
  ctx: Context,
  channels: Channels,
  { id }: About['factor'],
  { transport = 'polling' }: Question<unknown>,
): Letter | undefined {
  if (transport === 'polling' || !(channels.push || isTestCall(ctx))) return undefined
  return { kind: 'push_request', channel: 'push', to: id, values: {} }
}

/** A question as it is answered. */
export interface OpenQuestion {
  readonly kept: unknown
  /** Fails as `question spent` when another answer was faster, or a new question was asked. */
  readonly spend: Write
}

/**
 * The question that an answer is to, with one of its tries used up: counted before anything is judged. Undefined if none
 * was asked for this very purpose and challenge, or it is dead.
 */
export async function useQuestion(ctx: Context, keys: Keyring, about: About): Promise<OpenQuestion | undefined> {
  const row = await findQuestion(ctx.db, ctx.tenantId, slotOf(about))
  if (!row || row.challenge_id !== about.challengeId) return undefined
  return useRow(ctx, keys, about.kind, row)
}

/** The same for a question that the answer names. */
export async function useQuestionById(
  ctx: Context,
  { keys, kind }: { readonly keys: Keyring; readonly kind: AnyFactor },
  factor: Pick<FactorRow, 'id'>,
  id: Id<'qst'>,
): Promise<(OpenQuestion & { readonly challengeId: ChallengeId }) | undefined> {
  const row = await findQuestionById(ctx.db, ctx.tenantId, id)
  if (!row || row.subject !== factor.id || row.challenge_id === null) return undefined
  const question = await useRow(ctx, keys, kind, row)
  return question && { ...question, challengeId: row.challenge_id }
}

/** A question that waits, with what is kept of it. Reading it uses up nothing. */
export interface WaitingQuestion extends Pick<QuestionRow, 'id' | 'purpose' | 'created_at' | 'expires_at'> {
  readonly kept: unknown
}

/** What one factor has been asked and not answered yet. */
export async function listQuestions(
  ctx: Context,
  { keys, kind }: { readonly keys: Keyring; readonly kind: AnyFactor },
  factor: Pick<FactorRow, 'id'>,
): Promise<readonly WaitingQuestion[]> {
  const rows = await listQuestionsOf(ctx.db, ctx.tenantId, factor.id)
  return rows
    .filter((row) => row.expires_at > ctx.now.getTime())
    .map((row) => ({ ...row, kept: openKept(keys, kind, row) }))
}

async function useRow(
  ctx: Context,
  keys: Keyring,
  kind: AnyFactor,
  row: QuestionRow,
): Promise<OpenQuestion | undefined> {
  if (row.expires_at <= ctx.now.getTime()) return undefined
  const window = { limit: row.tries, windowMs: row.expires_at - row.created_at }
  if (!(await hit(ctx, `question ${row.id}`, window)).allowed) return undefined
  return { kept: openKept(keys, kind, row), spend: spendQuestion({ id: row.id, tenant_id: row.tenant_id }) }
}

function openKept(keys: Keyring, kind: AnyFactor, row: QuestionRow): unknown {
  return kind.kept?.parse(JSON.parse(keys.open(row.kept, homeOfKept(row)).toString('utf8')))
}

/**
 * There is one live question in each slot. A code that was sent is the only one of its factor; what is asked of a device
 * has its place in its challenge, or whoever has the password could go on taking it away from the owner.
 */
function slotOf({ kind, factor, purpose, challengeId }: About): Pick<QuestionRow, 'subject' | 'purpose'> {
  const isForAny = kind.asksForAny && purpose !== 'enroll'
  return { subject: isForAny ? `${kind.type} ${factor.user_id} ${challengeId ?? ''}` : factor.id, purpose }
}

function homeOfKept(row: Pick<QuestionRow, 'id' | 'tenant_id' | 'purpose'>): Home {
  return { table: 'question', row: row.id, column: 'kept', tenant: row.tenant_id, purpose: row.purpose }
}

export const sealedQuestions = sealedColumn({
  table: 'question',
  column: 'kept',
  key: ['id'],
  also: ['tenant_id', 'purpose'],
  home: homeOfKept,
})

/** An address gets so many messages and no more, whoever asks for them and for which account; so many again by each known device. */
async function countSend(
  ctx: Context,
  { channel, to }: Pick<Message, 'channel' | 'to'>,
  deviceId: Id<'dev'> | undefined,
  policy: Policy,
): Promise<void> {
  const windows = [
    { limit: 1, windowMs: policy.codeResendSeconds * secondMs },
    { limit: policy.codeSendsPerTenMinutes, windowMs: 10 * minuteMs },
    { limit: policy.codeSendsPerDay, windowMs: dayMs },
  ]
  const address = `${ctx.tenantId} ${channel} ${deviceId ?? ''} ${to.toLowerCase()}`
  for (const window of windows) {
    const verdict = await hit(ctx, `send ${window.windowMs} ${address}`, window)
    if (!verdict.allowed) {
      throw new Fault('too_many_attempts', { retryAfterSeconds: Math.ceil(verdict.retryAfterMs / secondMs) })
    }
  }
}
