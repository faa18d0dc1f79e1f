import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type Config, parseConfig } from '@gatehouse/server/config'
import { type OpenParts, openParts } from '@gatehouse/server/open-parts'

export function configOf(settings: Readonly<Record<string, string>>): Config {
  const parsed = parseConfig(settings)
  assert.ok(parsed.ok)
  return parsed.config
}

/** What somebody does who has the data folder, beside the server or without one. */
export async function besideServer<Result>(
  config: Config,
  act: (parts: OpenParts) => Promise<Result>,
  now = new Date(),
): Promise<Result> {
  const parts = await openParts(config, {
    world: { now: () => now, random: randomBytes },
    exclusive: false,
    publicUrl: 'http://gatehouse.test',
    reportFailure: (error) => assert.fail(String(error)),
  })
  try {
    return await act(parts)
  } finally {
    await parts.close()
  }
}
