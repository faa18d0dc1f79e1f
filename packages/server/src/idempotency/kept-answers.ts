import type { Policy } from '@gatehouse/contract/policy'
import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import { type Context, callingClient, commit } from '../context.ts'
import type { Home } from '../crypto/seal.ts'
import { sha256 } from '../crypto/sha256.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault, type FaultOptions } from '../kernel/fault.ts'
import type { Keyring } from '../keys/keyring.ts'
import { sealedColumn } from '../keys/sealed-column.ts'
import { record } from '../log/record.ts'
import { fingerprintOf } from './fingerprint.ts'
import { judgeRepeat } from './judge-repeat.ts'
import {
  type Attempt,
  begunName,
  findKeptRow,
  forgetAttempt,
  forgetIdleAttempt,
  insertKept,
  type KeptRow,
  keepAnswer,
  markBegun,
  replaceKept,
} from './kept-answer.store.ts'

/** A request that its client wants to be carried out once, whatever happens to the line between them. */
export interface OnceRequest {
  readonly key: string
  readonly operationId: string
  readonly input: Readonly<Record<string, unknown>>
}

/** What was answered: the text of a success, or a refusal. */
type Answer =
  | { readonly text: string }
  | { readonly code: ProblemCode; readonly said: Omit<FaultOptions, 'cause' | 'recorded'> }

/** What is sealed in the row. */
interface Kept {
  readonly fingerprint: string
  readonly answer?: Answer
}

/** The answers to requests with an Idempotency-Key. */
export interface KeptAnswers {
  /**
   * Takes the key, or finds what has become of the request that had it before.
   * @throws Fault for a request that is another, is still under way, or has lost its answer
   */
  admit(ctx: Context, request: OnceRequest): Promise<Admitted>
}

/** A request that is carried out now, or the answer to it. */
export type Admitted =
  | { readonly isRepeat: true; readonly answer: string | Fault }
  | {
      readonly isRepeat: false
      /** Carries it out and keeps the answer. Whatever `act` commits is bound to this attempt. */
      readonly carryOut: (ctx: Context, act: (ctx: Context) => Promise<string>) => Promise<string>
    }

/** `holder` names this process. */
export function openKeptAnswers(tools: {
  readonly keys: Keyring
  readonly policy: Policy
  readonly holder: string
}): KeptAnswers {
  const { keys, policy, holder } = tools

  function seal(ctx: Context, key: Uint8Array, kept: Kept): Uint8Array {
    return keys.seal(JSON.stringify(kept), homeOf(ctx, key), ctx)
  }

  function unseal(ctx: Context, row: KeptRow): Kept {
    return JSON.parse(keys.open(row.sealed, homeOf(ctx, row.key)).toString('utf8')) as Kept
  }

  /** The attempt that this request may make, or the row of the one that stands in its way. */
  async function claim(ctx: Context, key: Uint8Array, fingerprint: string): Promise<Attempt | KeptRow> {
    const nowMs = ctx.now.getTime()
    const attempt = {
      key,
      sealed: seal(ctx, key, { fingerprint }),
      attempt: 1,
      holder,
      runs_until: nowMs + policy.idempotencyRunSeconds * secondMs,
      expires_at: nowMs + policy.idempotencySeconds * secondMs,
    }
    const client = callingClient(ctx)
    const owner = { tenant_id: client.tenantId, client_id: client.id }
    const first = await commit(ctx, [insertKept({ ...owner, ...attempt, begun_at: null, answered_at: null })])
    if (first.done) return attempt
    const row = await findKeptRow(ctx.db, key)
    // It has been forgotten in this moment; the next try finds nothing in its way.
    if (!row) throw underWay(1)
    const asker = { holder, isAlone: ctx.storage.engine === 'sqlite' }
    const isSameRequest = unseal(ctx, row).fingerprint === fingerprint
    const verdict = judgeRepeat({ ...row, isSameRequest, isAnswered: row.answered_at !== null }, nowMs, asker)
    if (verdict === 'replay') return row
    if (verdict === 'other_request') throw new Fault('idempotency_key_reused')
    if (verdict === 'lost') throw new Fault('idempotency_answer_lost')
    if (verdict === 'in_progress') throw underWay(secondsToWait(row, nowMs, policy))
    const next = { ...attempt, attempt: row.attempt + 1, seen: row.attempt }
    const taken = await commit(ctx, [replaceKept(next)])
    if (!taken.done) throw underWay(1)
    return next
  }

  async function replay(ctx: Context, row: KeptRow, operation: string): Promise<Admitted> {
    const { answer } = unseal(ctx, row)
    if (!answer) throw new Error('a row that is answered holds no answer')
    // Every refusal is put on record where it is answered.
    if ('code' in answer) return { isRepeat: true, answer: new Fault(answer.code, answer.said) }
    await commit(ctx, [record(ctx, { type: 'request.repeated', data: { operation } })])
    return { isRepeat: true, answer: answer.text }
  }

  return {
    async admit(ctx, { key: name, operationId, input }) {
      const key = sha256(JSON.stringify([callingClient(ctx).id, name]))
      const fingerprint = fingerprintOf(operationId, input)
      const claimed = await claim(ctx, key, fingerprint)
      if ('answered_at' in claimed) return replay(ctx, claimed, operationId)
      const { attempt } = claimed
      const keep = (ctx: Context, answer: Answer) =>
        commit(ctx, [
          keepAnswer({ key, attempt, sealed: seal(ctx, key, { fingerprint, answer }), at: ctx.now.getTime() }),
        ])
      return {
        isRepeat: false,
        async carryOut(ctx, act) {
          try {
            const text = await act(boundTo(ctx, { key, attempt }))
            await keep(ctx, { text })
            return text
          } catch (error) {
            if (error instanceof Fault && isFinal(error.code)) {
              const { cause: _, recorded: __, ...said } = error.options
              await keep(ctx, { code: error.code, said })
            } else {
              const decided = error instanceof Fault && problems[error.code].status < 500
              const forget = decided ? forgetAttempt : forgetIdleAttempt
              // Where not even this can be written, the attempt ends by itself.
              await commit(ctx, [forget({ key, attempt })]).catch(() => {})
            }
            throw error
          }
        },
      }
    },
  }
}

function homeOf({ tenantId }: Pick<Context, 'tenantId'>, key: Uint8Array): Home {
  const row = Buffer.from(key).toString('hex')
  return { table: 'kept_answer', row, column: 'sealed', tenant: tenantId, purpose: 'idempotency' }
}

export const sealedAnswers = sealedColumn({
  table: 'kept_answer',
  column: 'sealed',
  key: ['key'],
  also: ['tenant_id'],
  home: ({ tenant_id, key }) => homeOf({ tenantId: tenant_id }, key),
})

/** Each commit says that the attempt has begun, and fails if another has taken its place. */
function boundTo(ctx: Context, attempt: Attempt): Context {
  const { storage } = ctx
  const mark = markBegun({ ...attempt, at: ctx.now.getTime() })
  return {
    ...ctx,
    storage: {
      ...storage,
      async commit(writes, owed) {
        if (writes.length === 0) return storage.commit(writes, owed)
        const committed = await storage.commit([mark, ...writes], owed)
        if (!committed.done && committed.failed === begunName) throw underWay(1)
        return committed
      },
    },
  }
}

/** Whether the same request would be refused again. The others ask to be tried later, and are to be carried out then. */
function isFinal(code: ProblemCode): boolean {
  const { status } = problems[code]
  return status < 500 && status !== 429 && code !== 'version_conflict' && code !== 'idempotency_in_progress'
}

function underWay(retryAfterSeconds: number): Fault {
  return new Fault('idempotency_in_progress', { retryAfterSeconds })
}

/** Nearly all requests are done in a moment. What takes longer may be one whose process has ended: it has a limit. */
function secondsToWait(row: KeptRow, nowMs: number, { idempotencyRunSeconds }: Policy): number {
  const left = Math.ceil((row.runs_until - nowMs) / secondMs)
  return idempotencyRunSeconds - left < 5 ? 1 : left
}
