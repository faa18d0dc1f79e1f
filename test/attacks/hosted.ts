import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { TestBrowser } from '../test-browser.ts'
import type { App } from './support.ts'

const redirectUri = 'https://portal.example.test/back'
const verifier = randomBytes(32).toString('base64url')
export const stopsAt = ({ host }: URL) => host === 'portal.example.test'

/** An application that uses the hosted sign-in, and the address that it sends browsers to. */
export async function openSignIn(app: App) {
  const portal = await app.house.newApp({ redirectUris: [redirectUri] })
  const addressFor = (more: Readonly<Record<string, string>> = {}) => {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: portal.slug,
      redirect_uri: redirectUri,
      state: 'somewhere',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...more,
    })
    return `${app.house.server.url}/oauth/authorize?${query}`
  }
  const redeem = (browser: TestBrowser) =>
    portal.sdk.auth.code({
      code: browser.shown.url.searchParams.get('code') ?? assert.fail(browser.shown.text),
      redirect_uri: redirectUri,
      code_verifier: verifier,
    })
  const isAlive = async (token: string) => (await portal.sdk.tokens.validate({ token })).active
  return { portal, addressFor, redeem, isAlive }
}
