import { machineWorld, publicUrlOf } from '@gatehouse/server/main'
import { type OpenParts, openParts } from '@gatehouse/server/open-parts'
import { readConfig } from './read-config.ts'

/** Opens the data beside whatever server runs on it, and closes it whatever happens. */
export async function withData(act: (parts: OpenParts) => Promise<void>): Promise<void> {
  const config = readConfig()
  const parts = await openParts(config, {
    world: machineWorld(),
    exclusive: false,
    command: nameOf(process.argv[2]),
    publicUrl: publicUrlOf(config),
    reportFailure: (error) => console.error(error),
  })
  // As a server does: an import takes hours, and the key that it began with may be retired meanwhile.
  const refreshing = setInterval(() => {
    parts.keys.refresh(parts.world.now()).catch(() => {})
  }, 1000)
  try {
    await act(parts)
  } finally {
    clearInterval(refreshing)
    await parts.close()
  }
}

/** The first word after the program is a command of ours, or nothing that belongs on record. */
function nameOf(word = ''): string {
  return /^[a-z-]{1,20}$/.test(word) ? word : 'another'
}
