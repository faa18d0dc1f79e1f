import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { commit } from '../context.ts'
import { signingKey } from '../crypto/ed25519.ts'
import { openWitnesses } from '../open-witnesses.ts'
import { onBothEngines } from '../storage/test-storage.ts'
import { systemContext } from '../system-context.ts'
import { record } from './record.ts'
import { sealJob } from './seal.job.ts'
import { findNewestSeal } from './seal.store.ts'
import { witnessJob } from './witness.job.ts'

onBothEngines(
  'witnesses are told what the log is when it has grown, again when they did not take it',
  async (t, open) => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-witness-'))
    const witnessFile = join(folder, 'checkpoints.txt')
    const told: string[] = []
    let status = 500
    const server = createServer((request, response) => {
      void text(request).then((body) => {
        told.push(body)
        response.writeHead(status).end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const { witnesses, close } = openWitnesses({ witnessFile, witnessUrl: `http://127.0.0.1:${port}/` })
    t.after(async () => {
      await close()
      server.close()
      rmSync(folder, { recursive: true })
    })
    const [file, url] = witnesses.map(witnessJob)
    assert.ok(file && url)
    const world = { now: () => new Date('2026-11-22T12:00:00Z'), random: randomBytes }
    const ctx = systemContext({ storage: await open(), world })
    const seal = sealJob({ key: signingKey(randomBytes(32)), origin: 'auth.example.test/audit' })
    const grow = async () => {
      assert.ok((await commit(ctx, [record(ctx, { type: 'user.created' })])).done)
      await seal.run(ctx)
      return (await findNewestSeal(ctx.db))?.note ?? ''
    }

    await file.run(ctx)
    const first = await grow()
    for (let round = 0; round < 3; round++) await file.run(ctx)
    assert.equal(readFileSync(witnessFile, 'utf8'), `${first}\n`)
    const second = await grow()
    await file.run(ctx)
    assert.equal(readFileSync(witnessFile, 'utf8'), `${first}\n${second}\n`)

    await assert.rejects(url.run(ctx), /answered 500/)
    status = 204
    await url.run(ctx)
    await url.run(ctx)
    assert.deepEqual(told, [second, second])
  },
)
