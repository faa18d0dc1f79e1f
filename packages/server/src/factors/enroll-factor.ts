import type { enrollFactor as Contract } from '@gatehouse/contract/factor-operations'
import type { Output, Parsed } from '@gatehouse/contract/operation'
import { type Context, commit, isRecovery, isTestCall } from '../context.ts'
import { findStockedToken, type StockedToken } from '../hardware-tokens/stock.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { parseInput } from '../kernel/parse-input.ts'
import type { Keyring } from '../keys/keyring.ts'
import { record } from '../log/record.ts'
import { getUser } from '../users/get-user.ts'
import { nameOfAccount } from '../users/name-of-account.ts'
import { type AskTools, askQuestion } from './ask-question.ts'
import { dropPendingFactor, type FactorRow, insertFactor, listFactorRows } from './factor.store.ts'
import type { AnyFactor } from './factor.ts'
import { hotpOptionsOf, hotpToken } from './hotp/hotp-token.ts'
import { hasRecovered, isMailCheck, isReal } from './list-factors.ts'
import { newFactor } from './new-factor.ts'
import { recoveryCodes } from './recovery-codes/recovery-codes.ts'
import { type FactorReader, openOwned, showFactor } from './stored-factor.ts'

/** What enrolment needs besides the request. `issuer` is the name of the service in authenticator apps. */
interface Tools extends FactorReader, AskTools {
  readonly issuer: string
}

/** Makes a factor that waits for its first proof. What it shows is shown this once. */
export function enrollFactor(tools: Tools) {
  const { keys, factors, policy, issuer } = tools
  return async (ctx: Context, input: Parsed<typeof Contract>): Promise<Output<typeof Contract>> => {
    const { id: userId, type, label, serial, ...options } = input
    const user = await getUser(ctx, { id: userId })
    const kind = getKind(factors, type)
    const token = serial === undefined ? undefined : await takeToken(ctx, keys, { type, serial, options })
    const chosen = parseInput(kind.options, token ? hotpOptionsOf(token.data) : options)
    const rows = await listFactorRows(ctx.db, ctx.tenantId, userId)
    const others = rows.filter((row) => !isMailCheck(row))
    // New codes come after a factor is proven: who came by an old one has proven none.
    const mayHaveCodes = others.some(isReal) && !isRecovery(ctx)
    if (hasRecovered(ctx, others)) throw new Fault('recovery_only')
    if (type === recoveryCodes.type && !mayHaveCodes) throw new Fault('factor_required')
    const owner = {
      userId,
      label: nameOfAccount(user),
      email: user.email,
      issuer,
      owned: openOwned(tools, others, type),
      isTest: isTestCall(ctx),
    }
    const made = await kind.enroll(ctx, owner, chosen)
    const now = ctx.now.getTime()
    const row = newFactor(ctx, keys, {
      type,
      user_id: userId,
      label: label ?? made.label ?? serial ?? null,
      handle: made.handle ?? null,
      data: made.data,
      expires_at: now + policy.enrollmentSeconds * secondMs,
    })
    const about = { kind, factor: row, purpose: 'enroll', challengeId: null } as const
    const asked = made.question && (await askQuestion(ctx, tools, about, made.question))
    const committed = await commit(ctx, [
      ...findForgotten(others, now).map((old) => dropPendingFactor({ id: old.id, tenant_id: old.tenant_id })),
      insertFactor(row),
      ...(token ? [token.assign(row.id)] : []),
      ...(asked?.writes ?? []),
      record(ctx, { type: 'factor.enrolled', userId, data: { factor_id: row.id, factor_type: type } }),
    ])
    if (!committed.done) throw new Fault('factor_taken')
    const shown = { type, ...made.shown, ...made.question?.shown }
    return { factor: showFactor(row), enrollment: shown as Output<typeof Contract>['enrollment'] }
  }
}

/** A token brings all that it is with it. Without one of that serial number there is nothing to enrol. */
async function takeToken(
  ctx: Context,
  keys: Keyring,
  { type, serial, options }: { type: string; serial: string; options: Readonly<Record<string, unknown>> },
): Promise<StockedToken> {
  const others = Object.keys(options).filter((name) => options[name] !== undefined)
  if (type !== hotpToken.type || others.length > 0) {
    throw new Fault('invalid_request', { errors: [{ pointer: '/serial', code: 'not_with_these' }] })
  }
  const token = await findStockedToken(ctx, keys, serial)
  if (!token) throw new Fault('invalid_request', { errors: [{ pointer: '/serial', code: 'not_in_stock' }] })
  return token
}

/** How many enrolments of a user may wait at the same time. */
const pendingAtMost = 5

/** Enrolments that ran out, and the oldest of too many: what waits is bounded. */
function findForgotten(rows: readonly FactorRow[], nowMs: number): readonly FactorRow[] {
  const pending = rows.filter((row) => row.confirmed_at === null)
  const living = pending.filter((row) => row.expires_at === null || row.expires_at > nowMs)
  const tooMany = living.slice(0, Math.max(0, living.length - pendingAtMost + 1))
  return [...pending.filter((row) => !living.includes(row)), ...tooMany]
}

function getKind(factors: readonly AnyFactor[], type: string): AnyFactor {
  const kind = factors.find((each) => each.type === type)
  if (!kind) throw new Fault('invalid_request', { errors: [{ pointer: '/type', code: 'unknown_type' }] })
  return kind
}
