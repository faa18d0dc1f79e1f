// Another process for the tests of the storage: opens the file that its arguments name and does what it is told.
import { createInterface } from 'node:readline'
import { insertClient } from '../clients/client.store.ts'
import { openSqlite } from './open-sqlite.ts'
import type { Storage } from './storage.ts'
import { client } from './test-clients.ts'

const [file = '', key = '', role] = process.argv.slice(2)
const say = (line: string) => process.stdout.write(`${line}\n`)

/** Commits without end, eight at a time, and says the name of each row when it is told that it is durable. */
async function flood(storage: Storage): Promise<void> {
  let count = 0
  const one = async () => {
    for (;;) {
      const name = `row${count++}`
      const { owed } = await storage.counters.once(name, 60_000, 1)
      const { done } = await storage.commit([insertClient(client(name))], owed ? [owed] : [])
      if (done) say(name)
    }
  }
  await Promise.all(Array.from({ length: 8 }, one))
}

try {
  const storage = await openSqlite({
    file,
    key: Buffer.from(key, 'hex'),
    exclusive: role === 'server',
    nowMs: 0,
  })
  say('open')
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'flood') await flood(storage)
    else say(`${line} ${JSON.stringify(await storage.commit([insertClient(client(line))], []))}`)
  }
} catch (error) {
  say(String(error))
}
