import { readFileSync } from 'node:fs'
import { signingKey } from '@gatehouse/server/crypto/ed25519'
import { type Checkpoint, openCheckpoint } from '@gatehouse/server/log/checkpoint'
import { getLogCheckpoint } from '@gatehouse/server/log/proofs'
import { findNewestSeal } from '@gatehouse/server/log/seal.store'
import { verifyLog } from '@gatehouse/server/log/verify-log'
import { operatorContext } from '@gatehouse/server/operator-context'
import type { Reader } from '@gatehouse/server/storage/storage'
import { Command } from 'commander'
import { exportCommand, searchCommand } from './audit-search.ts'
import { tailCommand } from './audit-tail.ts'
import { withData } from './with-data.ts'

interface VerifyFlags {
  readonly checkpoint?: string
  readonly witness?: string
  readonly json?: boolean
}

/** `gatehouse audit …`: reads the record of the data folder, whether a server runs on it or not. */
export function auditCommand(): Command {
  const verify = new Command('verify')
    .description('make the sealed log again and say which event, if any, is not as it was sealed')
    .option('--checkpoint <file>', 'checkpoints that were kept elsewhere; the log must have grown from each')
    .option('--witness <url>', 'a witness of this log; the log must have grown from what it holds')
    .option('--json', 'print one JSON object')
    .action((flags: VerifyFlags) =>
      withData(async (parts) => {
        const publicKeys = parts.keys.logSeeds.map((seed) => signingKey(seed).publicKey)
        const known = [
          ...(flags.checkpoint === undefined ? [] : readCheckpoints(flags.checkpoint, publicKeys)),
          ...(flags.witness === undefined ? [] : [await askWitness(flags.witness, parts.storage, publicKeys)]),
        ]
        const started = performance.now()
        const showsProgress = process.stderr.isTTY && !flags.json
        const verdict = await verifyLog(operatorContext(parts), {
          publicKeys,
          known,
          ...(showsProgress && { onProgress: showProgress }),
        })
        if (showsProgress) process.stderr.write('\r\u001b[K')
        const seconds = ((performance.now() - started) / 1000).toFixed(1)
        if (flags.json) {
          const { fits } = verdict
          const more = verdict.fits
            ? { size: verdict.size, gone: verdict.gone, root: Buffer.from(verdict.root).toString('base64') }
            : { position: verdict.position ?? null, reason: verdict.reason }
          console.log(JSON.stringify({ fits, ...more }))
        } else if (verdict.fits) {
          const { size, gone } = verdict
          console.log(`ok  ${size - gone} events are as they were sealed   (${seconds} s)`)
          if (gone > 0) {
            console.log(
              `    ${gone} older ones were cleared away: their hashes fit, and nothing else can be said of them`,
            )
          }
        }
        if (verdict.fits) return
        const where = verdict.position === undefined ? '' : ` at position ${verdict.position}`
        throw new Error(`the log does not fit${where}. ${verdict.reason}`)
      }),
    )
  const checkpoint = new Command('checkpoint')
    .description('print what the log is now, signed: to be kept on another machine')
    .option('--json', 'print one JSON object')
    .action((flags: { readonly json?: boolean }) =>
      withData(async (parts) => {
        const found = await getLogCheckpoint(parts.keys)(operatorContext(parts))
        if (flags.json) return console.log(JSON.stringify(found))
        process.stdout.write(found.checkpoint)
        console.error(`\nWhoever is a witness of this log needs its verifier key:\n${found.verifier_key}`)
      }),
    )
  return new Command('audit')
    .description('the record')
    .addCommand(searchCommand())
    .addCommand(exportCommand())
    .addCommand(tailCommand())
    .addCommand(verify)
    .addCommand(checkpoint)
}

/** One after the other, as a witness writes them down. */
const notes = /[^\n]+\n\d+\n[^\n]+\n\n(?:— [^\n]+\n)+/g

function readCheckpoints(file: string, publicKeys: readonly Uint8Array[]) {
  const found = readFileSync(file, 'utf8').match(notes) ?? []
  if (found.length === 0) throw new Error(`${file} holds no checkpoint: three lines, an empty one and a signature`)
  return found.map((note, index) => {
    const checkpoint = openCheckpoint(note, publicKeys)
    if (checkpoint) return checkpoint
    const [origin, size] = note.split('\n')
    const which = found.length === 1 ? '' : `, number ${index + 1} of ${found.length},`
    throw new Error(
      `${file}: the checkpoint of ${origin} at size ${size}${which} is not a checkpoint that a key of this log has signed`,
    )
  })
}

/** What a witness holds of this log. It counts because we have signed it: the witness itself need not be believed. */
async function askWitness(url: string, db: Reader, publicKeys: readonly Uint8Array[]): Promise<Checkpoint> {
  const [origin = ''] = ((await findNewestSeal(db))?.note ?? '').split('\n', 1)
  const answer = await fetch(`${url.replace(/\/$/, '')}/checkpoint?origin=${encodeURIComponent(origin)}`, {
    signal: AbortSignal.timeout(10_000),
  })
  if (answer.status === 404) throw new Error(`the witness at ${url} holds nothing of the log ${origin}`)
  if (!answer.ok) throw new Error(`the witness at ${url} answered ${answer.status}`)
  const checkpoint = openCheckpoint(await answer.text(), publicKeys)
  if (!checkpoint) throw new Error(`what the witness at ${url} holds is not signed by a key of this log`)
  return checkpoint
}

function showProgress(done: number, size: number): void {
  const width = 30
  const filled = Math.floor((width * done) / size)
  process.stderr.write(`\r[${'#'.repeat(filled)}${' '.repeat(width - filled)}] ${done} of ${size} events`)
}
