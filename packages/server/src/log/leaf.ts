import type { Schema } from '../storage/schema.ts'

/** What of an event is sealed, and can never change. */
export type SealedFields = Pick<
  Schema['event'],
  | 'id'
  | 'tenant_id'
  | 'type'
  | 'at'
  | 'actor'
  | 'client_system'
  | 'user_id'
  | 'session_id'
  | 'request_id'
  | 'data'
  | 'commitment'
>

/**
 * The event as the text that its leaf is the hash of: a JSON list, so that other programs can make it too. Personal
 * fields are in it by their commitment alone.
 */
export function leafText(event: SealedFields): string {
  return JSON.stringify([
    'gatehouse event v1',
    event.id,
    event.tenant_id,
    event.type,
    event.at,
    event.actor,
    event.client_system,
    event.user_id,
    event.session_id,
    event.request_id,
    event.data,
    hexOf(event.commitment),
  ])
}

function hexOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('hex')
}
