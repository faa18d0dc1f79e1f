import { appendFile } from 'node:fs/promises'
import type { Config } from './config.ts'
import type { Witness } from './log/witness.job.ts'
import { openOutgoingLine } from './outgoing/outgoing-line.ts'

/** Witnesses that the settings name, and how to let go of them. */
export interface OpenWitnesses {
  readonly witnesses: readonly Witness[]
  close(): Promise<void>
}

/** Opens the way to those who keep our checkpoints. */
export function openWitnesses({ witnessFile, witnessUrl }: Pick<Config, 'witnessFile' | 'witnessUrl'>): OpenWitnesses {
  const line = witnessUrl === undefined ? undefined : openOutgoingLine({ longestMs: 5000, largestAnswer: 65_536 })
  const witnesses: Witness[] = []
  if (witnessFile !== undefined) {
    // An empty line parts it from the next.
    witnesses.push({ name: 'file', tell: (checkpoint) => appendFile(witnessFile, `${checkpoint}\n`) })
  }
  if (line && witnessUrl !== undefined) {
    witnesses.push({
      name: 'url',
      async tell(checkpoint) {
        const headers = { 'content-type': 'text/plain; charset=utf-8' }
        const { status } = await line.post({ url: witnessUrl, headers, body: checkpoint })
        if (status < 200 || status > 299) throw new Error(`The witness at ${witnessUrl} answered ${status}.`)
      },
    })
  }
  return {
    witnesses,
    async close() {
      await line?.close()
    },
  }
}
