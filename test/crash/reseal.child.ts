// Seals anew what is stored in the data that its environment names, and kills itself as a power failure would: at the n-th
// batch, while that is being written. For anything but a number it goes on to the end.
import { randomBytes } from 'node:crypto'
import { createJobs } from '@gatehouse/server/app'
import { parseConfig } from '@gatehouse/server/config'
import { openParts } from '@gatehouse/server/open-parts'
import { movableClock } from '@gatehouse/testing/movable-clock'

const batches = Number(process.argv[2])
const parsed = parseConfig({
  GATEHOUSE_DATA_DIR: process.env['GATEHOUSE_DATA_DIR'],
  GATEHOUSE_DATABASE_URL: process.env['GATEHOUSE_DATABASE_URL'],
})
if (!parsed.ok) throw new Error(parsed.errors.join(' '))
const clock = movableClock(new Date(Number(process.argv[3])))
const report = (error: unknown) => {
  throw error
}
const opened = await openParts(parsed.config, {
  world: { now: clock.now, random: randomBytes },
  exclusive: true,
  publicUrl: 'http://gatehouse.test',
  reportFailure: report,
})
let seen = 0
const commit: typeof opened.storage.commit = (writes, owed) => {
  const committing = opened.storage.commit(writes, owed)
  if (writes.some(({ guardName }) => guardName.endsWith('sealed anew')) && ++seen === batches) {
    process.kill(process.pid, 'SIGKILL')
  }
  return committing
}
const jobs = await createJobs({ ...opened, storage: { ...opened.storage, commit } }, report)
for (let run = 0; run < 3; run++) {
  clock.advance('20s')
  await jobs.runDue()
}
await jobs.stop()
await opened.close()
