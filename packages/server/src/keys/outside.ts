import { dayMs } from '../kernel/durations.ts'

/** What is sealed and not in the database (links in mails, sign-ins in browsers) has had its time after that. */
export const outsideMs = 8 * dayMs
