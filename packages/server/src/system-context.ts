import type { Context } from './context.ts'
import { operatorContext } from './operator-context.ts'

/** The view of the server itself, when it works in the background. */
export function systemContext(parts: Parameters<typeof operatorContext>[0]): Context {
  return { ...operatorContext(parts), actor: { kind: 'system' } }
}
