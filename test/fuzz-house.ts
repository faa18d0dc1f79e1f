import assert from 'node:assert/strict'
import { type Operation, scopes } from '@gatehouse/contract/operation'
import { createGatehouse } from '@gatehouse/sdk'
import { virtualPhone } from '@gatehouse/testing/virtual-phone'
import type { Known } from './any-input.ts'
import { learn } from './any-input.ts'
import { adminPassword, newAdmin } from './attacks/administrators.ts'
import { type Answer, type Attempt, asPerson, type House, send, unsigned } from './attacks/support.ts'

/** A server on which every operation can be tried by whoever may call it. */
export interface FuzzHouse {
  /** Somebody who may call the operation, in a house of their own, with what there is in it. */
  inhabit(operation: Operation): Promise<Inhabited>
}

interface Inhabited {
  readonly known: Known
  ask(attempt: Attempt): Promise<Answer>
}

const password = 'a few unrelated words'
/** The code that every factor of a test tenant takes whose codes are sent. */
const testCode = '424242'

export function fuzzHouse(house: House): FuzzHouse {
  const { server } = house
  return {
    async inhabit(operation) {
      // What was done for a while, to a whole tenant too, is over.
      server.clock.advance('1d')
      const client = await server.createClient({ scopes, localVerification: true })
      const gatehouse = createGatehouse({
        url: server.url,
        clientId: client.slug,
        secret: client.secret,
        now: server.clock.now,
        retries: { max: 0 },
      })
      const known: Known = { ids: new Map(), values: new Map(Object.entries(usualValues(client.slug))) }
      const knows = (value: unknown) => learn(known, value)
      // Who asks must not disable itself.
      const other = { id: (await server.createClient()).id as `cli_${string}` }
      if (operation.id === 'revokeClientSecret') knows(await gatehouse.clients.secrets.rotate(other))
      knows(other)
      if (operation.path.includes('webhook')) knows(await withWebhook())
      if (operation.path.includes('audit')) await server.runJobs()
      const plain = await addPlain()
      await addGuarded()
      if (operation.path.includes('alerts')) knows(await withAlert())
      if (operation.path.includes('/recovery-requests/')) knows(await gatehouse.recovery.request({ id: challengeId() }))
      known.values.get('code')?.push(...(await sentCodes()))
      const headers = await credentials()
      return {
        known,
        ask: (attempt) => send(server.url, { ...client, now: server.clock.now() }, { ...attempt, headers }),
      }

      /** What stands in place of a signature. */
      async function credentials() {
        if (operation.caller === 'client') return {}
        if (operation.caller === 'user') return asPerson(plain)
        if (!operation.path.includes('/administrators')) return unsigned
        const { email, token } = await newAdmin(await house.newApp())
        if (operation.caller === 'admin') {
          // What administrators do to administrators they do to another one.
          knows({ id: (await server.createAdministrator()).id })
          return { ...asPerson(token), 'x-tenant': 'system', 'x-reason': 'a%20test' }
        }
        known.values.set('email', [email]).set('password', [adminPassword])
        return unsigned
      }

      async function withWebhook() {
        const { endpoint } = await gatehouse.webhookEndpoints.create({ url: 'https://example.org/hook', events: ['*'] })
        await gatehouse.webhookEndpoints.test({ id: endpoint.id })
        return [endpoint, await gatehouse.webhookDeliveries.listPage({})]
      }

      async function withAlert() {
        const id = challengeId()
        for (const code of ['000001', '000002', '000003']) {
          await assert.rejects(gatehouse.challenges.verify({ id, code }), { code: 'mfa_code_invalid' })
        }
        await server.runJobs()
        return gatehouse.alerts.listPage({ limit: 1 })
      }

      /** What people could read in their mail. */
      async function sentCodes() {
        const sent = (await server.outbox.all()).filter(({ to }) => known.values.get('email')?.includes(to))
        return sent.flatMap(({ values }) => values['code'] ?? [])
      }

      function challengeId() {
        return known.ids.get('chl')?.at(-1) as `chl_${string}`
      }

      async function addUser(name: string) {
        const email = `${client.slug}-${name}+test@example.test`
        const user = await gatehouse.users.create({ email, password, phone_number: '+12015550123' })
        known.values.set('email', [...(known.values.get('email') ?? []), email, email.toUpperCase()])
        knows(user)
        return user
      }

      async function signIn(email: string) {
        const answer = await gatehouse.auth.login({ email, password })
        knows(answer)
        return answer
      }

      /** Somebody without a second factor, who is about to get one. Resolves to their access token. */
      async function addPlain(): Promise<string> {
        const { id, email } = await addUser('plain')
        await gatehouse.users.emailVerification.send({ id })
        await gatehouse.users.phoneVerification.send({ id })
        server.clock.advance('30s')
        const answer = await signIn(email)
        for (const type of ['totp', 'email'] as const) knows(await gatehouse.users.factors.enroll({ id, type }))
        assert.ok(answer.status === 'authenticated')
        return answer.access_token
      }

      /** Somebody with an app and codes by mail. */
      async function addGuarded(): Promise<void> {
        const { id, email } = await addUser('guarded')
        const { factor, enrollment } = await gatehouse.users.factors.enroll({ id, type: 'totp' })
        assert.ok(enrollment.type === 'totp')
        const code = virtualPhone().nextCode(virtualPhone().scan(enrollment.uri), server.clock.now())
        knows(await gatehouse.factors.activate({ id: factor.id, code }))
        const mail = await gatehouse.users.factors.enroll({ id, type: 'email' })
        knows(await gatehouse.factors.activate({ id: mail.factor.id, code: testCode }))
        // The next mail may go out.
        server.clock.advance('30s')
        const answer = await signIn(email)
        if (answer.status === 'mfa_required' && operation.id === 'verifyChallenge') {
          await gatehouse.challenges.send({ id: answer.challenge.id, factor_id: mail.factor.id })
        }
      }
    },
  }
}

/** What is right in a field of this name. */
function usualValues(slug: string): Readonly<Record<string, unknown[]>> {
  return {
    email: [`${slug}-new@example.org`],
    password: [password, 'other unrelated words'],
    current_password: [password],
    new_password: ['other unrelated words'],
    code: [testCode, '000000', 'k7m2-q9xw-4tzd-81ab'],
    secret: ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'],
    token: ['a.b.c'],
    allow: [['127.0.0.1'], ['any', '10.0.0.0/8']],
    overlap_seconds: [0, 604_800],
    url: ['https://example.org/hook'],
    events: [['user.*'], ['*']],
    phone_number: ['+12015550123'],
    limit: [1, 20],
  }
}
