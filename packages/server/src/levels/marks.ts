import type { LevelName } from '@gatehouse/contract/levels'
import type { PushTransport } from '@gatehouse/contract/push-operations'

/** The levels of what reaches devices, and whose they are. */
export const pushLevels = [
  ['push_web_push', 'web_push'],
  ['push_fcm', 'fcm'],
  ['push_polling', 'polling'],
] as const satisfies readonly (readonly [LevelName, PushTransport])[]

/** The name of the mark of a level that burns. */
export function burnMark(level: LevelName): string {
  return `burn ${level}`
}

/** The name of the mark of a transport that delivers too little. */
export function failingMark(transport: PushTransport): string {
  return `failing ${transport}`
}
