import { createServer } from 'node:net'
import type { Gatehouse } from '@gatehouse/sdk'
import type {
  Browser,
  Fixtures,
  Page,
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
} from '@playwright/test'
import { signUp, type TestPerson } from './sign-up.ts'
import { startTestServer, type TestClient, type TestServer, type TestServerOptions } from './start-test-server.ts'

/** What the application under test is started with: its credentials, and the port of localhost where it is expected. */
export interface AppOptions extends TestClient {
  /** That of the test server, for the application and for browsers. */
  readonly url: string
  readonly port: number
  /** The clock of the server, for an application in this process. */
  readonly now: () => Date
}

export interface GatehouseFixtureOptions {
  /** Starts the application under test on `http://localhost:<port>`. */
  readonly startApp: (options: AppOptions) => Promise<{ stop(): Promise<void> }>
  /** Signs a person in by the application's own pages. Needed by tests that begin signed in. */
  readonly signIn?: (page: Page, person: TestPerson) => Promise<void>
  readonly server?: TestServerOptions
}

/** One server and one application for each worker. */
export interface Site {
  readonly server: TestServer
  /** The SDK, as another application of the same server. */
  readonly gatehouse: Gatehouse
  /** Where the application is. */
  readonly url: string
  /** Somebody who has signed in once, and what the browser kept of it. */
  signedIn(browser: Browser): Promise<SignedIn>
}

interface SignedIn {
  readonly person: TestPerson
  readonly state: Awaited<ReturnType<Awaited<ReturnType<Browser['newContext']>>['storageState']>>
}

/** What a worker has. */
export interface GatehouseWorker {
  site: Site
}

/** What a test is given. */
export interface GatehouseTest {
  /** Set by `test.use({ startsSignedIn: true })`: the page is that of somebody who has signed in already. */
  startsSignedIn: boolean
  /** Somebody with a password and an authenticator app; who has signed in, if the test starts so. */
  person: TestPerson
  /** What the page uses for passkeys. It is there as soon as a test asks for it. */
  passkeys: VirtualAuthenticator
}

type GatehouseFixtures = Fixtures<
  GatehouseTest,
  GatehouseWorker,
  PlaywrightTestArgs & PlaywrightTestOptions,
  PlaywrightWorkerArgs & PlaywrightWorkerOptions
>

/**
 * Fixtures for Playwright, to be given to `test.extend`: a Gatehouse and the application under test for each worker, people
 * with a virtual phone, and passkeys without a finger.
 */
export function gatehouseFixtures({
  startApp,
  signIn,
  server: options = {},
}: GatehouseFixtureOptions): GatehouseFixtures {
  return {
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures are wanted
    site: [async ({}, use) => openSite(startApp, signIn, options, use), { scope: 'worker' }],
    startsSignedIn: [false, { option: true }],
    baseURL: async ({ site }, use) => use(site.url),
    storageState: async ({ startsSignedIn, site, browser }, use) =>
      use(startsSignedIn ? (await site.signedIn(browser)).state : undefined),
    person: async ({ startsSignedIn, site, browser }, use) =>
      use(startsSignedIn ? (await site.signedIn(browser)).person : await newPerson(site)),
    passkeys: async ({ page }, use) => use(await virtualAuthenticator(page)),
  }
}

function newPerson({ gatehouse, server }: Pick<Site, 'gatehouse' | 'server'>): Promise<TestPerson> {
  return signUp(gatehouse, { factor: 'totp', now: server.clock.now })
}

async function openSite(
  startApp: GatehouseFixtureOptions['startApp'],
  signIn: GatehouseFixtureOptions['signIn'],
  options: TestServerOptions,
  use: (site: Site) => Promise<void>,
): Promise<void> {
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  // Passkeys are bound to where they are used, and that must be known before the server starts.
  const serverPort = options.port ?? (await findFreePort())
  const pages = `http://localhost:${serverPort}`
  const passkeys = { GATEHOUSE_WEBAUTHN_RP_ID: 'localhost', GATEHOUSE_WEBAUTHN_ORIGINS: `${url},${pages}` }
  const server = await startTestServer({ ...options, port: serverPort, settings: { ...passkeys, ...options.settings } })
  const client = await server.createClient({ redirectUris: [`${url}/auth/callback`] })
  const app = await startApp({ url: pages, port, now: server.clock.now, ...client })
  const gatehouse = await server.client()
  let kept: Promise<SignedIn> | undefined
  const begin = async (browser: Browser): Promise<SignedIn> => {
    if (!signIn)
      throw new Error('To start signed in, tests need gatehouseFixtures({ signIn }): how it is done on your pages.')
    const person = await newPerson({ gatehouse, server })
    const context = await browser.newContext({ baseURL: url })
    await signIn(await context.newPage(), person)
    const state = await context.storageState()
    await context.close()
    return { person, state }
  }
  const signedIn = (browser: Browser) => {
    kept ??= begin(browser)
    return kept
  }
  try {
    await use({ server, gatehouse, url, signedIn })
  } finally {
    await app.stop()
    await server.stop()
  }
}

/** Signs a person in on the hosted pages of Gatehouse, which the page shows: password, and a code where one is asked for. */
export async function signInOnHostedPages(page: Page, person: TestPerson): Promise<void> {
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const host = new URL(page.url()).host
  await page.getByLabel('E-mail address').fill(person.user.email)
  await press('Continue')
  await page.getByLabel('Password', { exact: true }).fill(person.password)
  await press('Sign in')
  const code = page.getByLabel('Code', { exact: true })
  const isBack = page.waitForURL((at) => at.host !== host).then(() => false)
  const isAsked = code.waitFor().then(
    () => true,
    () => false,
  )
  if (!(await Promise.race([isAsked, isBack]))) return
  await code.fill(person.code())
  await press('Verify')
  await isBack
}

/** The authenticator of a page: it makes and uses passkeys by itself, as if somebody held a finger on it. */
export interface VirtualAuthenticator {
  /** The ids of the passkeys that it holds, in base64. */
  credentials(): Promise<readonly string[]>
  /** From now on it checks who holds it, or fails to. */
  setVerified(isVerified: boolean): Promise<void>
  /** Takes it out of the page. */
  remove(): Promise<void>
}

/** Gives a page of Chromium an authenticator of the platform kind, by its DevTools (ctap2, resident keys, user verified). */
export async function virtualAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('WebAuthn.enable')
  const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    async credentials() {
      const { credentials } = await devTools.send('WebAuthn.getCredentials', { authenticatorId })
      return credentials.map(({ credentialId }) => credentialId)
    },
    setVerified: async (isUserVerified) => {
      await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    remove: async () => {
      await devTools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    },
  }
}

function findFreePort(): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, 'localhost', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}
