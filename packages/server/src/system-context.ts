import type { Context } from './context.ts'
import type { World } from './kernel/moment.ts'
import { operatorContext } from './operator-context.ts'
import type { Storage } from './storage/storage.ts'

/** The view of the server itself, when it works in the background. */
export function systemContext(parts: { storage: Storage; world: World }): Context {
  return { ...operatorContext(parts), actor: { kind: 'system' } }
}
