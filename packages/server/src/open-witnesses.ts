import { createSecretKey } from 'node:crypto'
import { appendFile } from 'node:fs/promises'
import type { Config } from './config.ts'
import { signingKey } from './crypto/ed25519.ts'
import { hkdf } from './crypto/hkdf.ts'
import type { Keyring } from './keys/keyring.ts'
import type { Witness } from './log/witness.job.ts'
import { type OutgoingLine, openOutgoingLine } from './outgoing/outgoing-line.ts'
import type { WitnessTools } from './witness/add-checkpoint.ts'

/** Witnesses that the settings name, and how to let go of them. */
export interface OpenWitnesses {
  readonly witnesses: readonly Witness[]
  close(): Promise<void>
}

type Settings = Readonly<Partial<Pick<Config, 'witnessFile' | 'witnessUrl' | 'witnessServer'>>>

/** Opens the way to those who keep our checkpoints. */
export function openWitnesses({ witnessFile, witnessUrl, witnessServer }: Settings): OpenWitnesses {
  const isFar = witnessUrl !== undefined || witnessServer !== undefined
  const line = isFar ? openOutgoingLine({ longestMs: 5000, largestAnswer: 65_536 }) : undefined
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
  if (line && witnessServer !== undefined) {
    witnesses.push({
      name: 'server',
      tell: async (checkpoint, prove) => {
        const size = Number(checkpoint.split('\n', 2)[1])
        const held = await submit(0)
        if (held !== undefined && held <= size && (await submit(held)) === undefined) return
        if (held === undefined) return
        throw new Error(
          `The witness at ${witnessServer} holds a checkpoint of ${held} events that this log of ${size} has not grown from. Run: gatehouse audit verify --witness ${witnessServer}`,
        )

        /** The size that the witness holds, where that is another one. */
        async function submit(old: number): Promise<number | undefined> {
          const body = [`old ${old}`, ...(await prove(old)), '', checkpoint].join('\n')
          const headers = { 'content-type': 'text/plain; charset=utf-8' }
          const url = `${witnessServer}/add-checkpoint`
          const answer = await (line as OutgoingLine).post({ url, headers, body })
          if (answer.status === 200) return undefined
          if (answer.status === 409 && /^[0-9]{1,16}\n?$/.test(answer.text)) return Number(answer.text)
          if (answer.status === 422) return old
          throw new Error(`The witness at ${witnessServer} answered ${answer.status}.`)
        }
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

/** What this server watches over the logs of others with; its key is made from that of its own log. */
export function openWitnessing(
  { witnessedLogs }: Pick<Config, 'witnessedLogs'>,
  keys: Pick<Keyring, 'logSeeds'>,
  publicUrl: string,
): WitnessTools | undefined {
  if (witnessedLogs.length === 0) return undefined
  return {
    logs: new Map(witnessedLogs.map(({ origin, publicKey }) => [origin, publicKey])),
    name: `${new URL(publicUrl).host}/witness`,
    key: signingKey(hkdf(createSecretKey(keys.logSeeds[0]), { info: 'gatehouse witness v1', bytes: 32 })),
  }
}
