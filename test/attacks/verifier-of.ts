import type { TestContext } from 'node:test'
import { createVerifier, type Verifier, type VerifierOptions } from '@gatehouse/sdk/verify'
import type { App } from './support.ts'

/** What an application verifies tokens with by itself, by the clock of the server. */
export function verifierOf(t: TestContext, { house, slug, secret }: App, options: VerifierOptions = {}): Verifier {
  const { url, clock } = house.server
  const verifier = createVerifier({
    url,
    clientId: slug,
    secret,
    now: clock.now,
    clock: () => clock.now().getTime(),
    ...options,
  })
  t.after(verifier.close)
  return verifier
}
