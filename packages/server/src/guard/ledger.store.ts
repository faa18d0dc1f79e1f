import { oldRows } from '../storage/old-rows.ts'

/** Those that have had their time. */
export const oldTexts = oldRows('ledger', 'key', 'expires_at')
