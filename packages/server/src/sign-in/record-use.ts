import type { Context } from '../context.ts'
import type { NewEvent } from '../log/new-event.ts'
import { record } from '../log/record.ts'
import type { Write } from '../storage/write.ts'
import type { Answered } from './answered.ts'
import { eventOfUse, showRecovery } from './show-recovery.ts'

/** Records that a factor was proven; a recovery code has an event of its own. */
export function recordUse(
  ctx: Context,
  { user, judged }: Pick<Answered, 'user' | 'judged'>,
  { data, ...about }: Pick<NewEvent, 'sessionId' | 'data'> = {},
): Write {
  const recovery = showRecovery(judged)
  const { id, type } = judged.factor
  return record(ctx, {
    type: eventOfUse(judged.factor),
    userId: user.id,
    ...about,
    data: { factor_id: id, factor_type: type, ...data, ...recovery },
  })
}
