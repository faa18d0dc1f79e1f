import { languages } from '@gatehouse/contract/messages'
import { z } from 'zod'
import type { Home } from '../crypto/seal.ts'
import type { Moment } from '../kernel/moment.ts'
import type { Keyring } from '../keys/keyring.ts'
import { sealedColumn } from '../keys/sealed-column.ts'
import type { MessageRow } from './message.store.ts'

/** What of a message nobody may read but its recipient. */
const Confidential = z.strictObject({
  to: z.string(),
  values: z.record(z.string(), z.string()),
  language: z.enum(languages).optional(),
})
type Confidential = z.infer<typeof Confidential>

type Place = Pick<MessageRow, 'id' | 'tenant_id' | 'kind'>

export function sealMessage(
  keys: Keyring,
  place: Place,
  { to, values, language }: Confidential,
  moment: Pick<Moment, 'random'>,
): Buffer {
  const content: Confidential = { to, values, ...(language && { language }) }
  return keys.seal(JSON.stringify(content), homeOf(place), moment)
}

/** @throws Error when it is damaged, was moved, or its key is missing */
export function openMessage(keys: Keyring, place: Place, sealed: Uint8Array): Confidential {
  return Confidential.parse(JSON.parse(keys.open(sealed, homeOf(place)).toString('utf8')))
}

function homeOf({ id, tenant_id, kind }: Place): Home {
  return { table: 'message', row: id, column: 'sealed', tenant: tenant_id, purpose: kind }
}

export const sealedMessages = sealedColumn({
  table: 'message',
  column: 'sealed',
  key: ['id'],
  also: ['tenant_id', 'kind'],
  home: homeOf,
})
