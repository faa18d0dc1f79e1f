import assert from 'node:assert/strict'
import { test } from 'node:test'
import type pg from 'pg'
import { createPostgresLedger } from './postgres-ledger.ts'

const now = 1_700_000_000_000
const turn = () => new Promise(setImmediate)

interface Kept {
  readonly state: unknown
  readonly expires_at: unknown
}

/** One row as a server has it that is a while away, and whose commits take a while: who writes keeps others waiting. */
function table() {
  let row: Kept | undefined
  let written: Promise<unknown> = Promise.resolve()
  const asked: string[] = []
  /** One, two or three turns, as chance has it. */
  let seed = 1
  const away = async () => {
    seed = (seed * 16_807) % 2_147_483_647
    for (let i = 0; i <= seed % 3; i++) await turn()
  }
  const is = (state: unknown, expiresAt: unknown) => row?.state === state && row?.expires_at === expiresAt

  async function write(name: string, [, ...given]: readonly unknown[]): Promise<number> {
    const [state, expires_at, ...before] = given
    const isDelete = name.endsWith('delete')
    const isRight = name.endsWith('insert') ? !row : isDelete ? is(state, expires_at) : is(before[0], before[1])
    if (!isRight) return 0
    for (let i = 0; i < 3; i++) await turn()
    row = isDelete ? undefined : { state, expires_at }
    return 1
  }

  const run = async ({ name = '', values = [] }: pg.QueryConfig) => {
    asked.push(name)
    await away()
    if (name !== 'gatehouse_ledger') written = written.then(() => write(name, values))
    const rowCount = name === 'gatehouse_ledger' ? Number(row !== undefined) : await written
    const rows = row ? [row] : []
    await away()
    return { rowCount, rows } as pg.QueryResult
  }
  return { run, asked }
}

const count = (ledger: ReturnType<typeof createPostgresLedger>) =>
  ledger.update('name', 60_000, now, (kept) => {
    const next = Number(kept ?? 0) + 1
    return { kept: String(next), result: next }
  })

test('what is counted and forgotten again is never read', async () => {
  const { run, asked } = table()
  const ledger = createPostgresLedger(run)
  await count(ledger)
  await ledger.update('name', 60_000, now, () => ({ kept: undefined, result: undefined }))
  assert.deepEqual(asked, ['gatehouse_ledger_insert', 'gatehouse_ledger_delete'])
})

test('a node that counts without a pause does not keep out another one', async () => {
  const { run } = table()
  const [busy, other] = [createPostgresLedger(run), createPostgresLedger(run)]
  await count(busy)
  let isDone = false
  const theirs = count(other).finally(() => {
    isDone = true
  })
  let counted = 1
  for (; !isDone && counted < 100; counted++) await count(busy)
  await theirs
  assert.ok(counted < 20, `${counted}`)
  assert.equal((await count(busy)).result, counted + 2)
})
