import { availableParallelism, setPriority } from 'node:os'
import { hash, verify } from '@node-rs/argon2'

// Nothing but the password hash, at the cost and the priority that the server gives it: what sign-ins are held against.
// Asked for a number of milliseconds, it answers how many hashes it verified and in what time.
setPriority(10)
const pepper = Buffer.alloc(32, 7)
const password = 'seven green horses run at noon'
const stored = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1, secret: pepper })

process.on('disconnect', () => process.exit())
process.on('message', (forMs: number) => void verifyFor(forMs).then((answer) => process.send?.(answer)))
process.send?.('ready')

/** As many at once as there are processors, which is what the server does. */
async function verifyFor(forMs: number): Promise<{ readonly count: number; readonly elapsedMs: number }> {
  const start = performance.now()
  let count = 0
  const work = async () => {
    while (performance.now() - start < forMs) {
      await verify(stored, password, { secret: pepper })
      count++
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return { count, elapsedMs: performance.now() - start }
}
