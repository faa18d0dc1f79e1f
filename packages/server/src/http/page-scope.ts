import cookies from '@fastify/cookie'
import { problems } from '@gatehouse/contract/problems'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Client } from '../clients/client.ts'
import { type Context, settle } from '../context.ts'
import { Fault } from '../kernel/fault.ts'
import { type Form, parseForm } from '../kernel/form.ts'
import { pagePolicy } from '../pages/page.ts'
import { contextOf, type Incident } from './context-of.ts'
import { toFault } from './problem.ts'
import { recordRefusal } from './record-refusal.ts'
import { openIncident, type Site } from './serve.ts'

/** Somebody with a browser. What they do is done for the client application that has sent them, if one has. */
export interface Visit {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly incident: Incident
  readonly ctx: Context
}

/** What of a page is told when it fails: the refusal, on record, and the number that it is found by. */
export interface Failure {
  readonly status: number
  readonly fault: Fault
  readonly requestId: string
}

const html = 'text/html; charset=utf-8'

/**
 * Routes that answer browsers with pages: forms are read, cookies are at hand, and what fails is a page, too. `show` makes it.
 */
export function pageScope(
  site: Site,
  show: (request: FastifyRequest, failure: Failure) => string,
  add: (pages: FastifyInstance) => void,
): void {
  site.http.register(async (pages) => {
    await pages.register(cookies)
    pages.removeAllContentTypeParsers()
    const form = { parseAs: 'buffer' } as const
    pages.addContentTypeParser('application/x-www-form-urlencoded', form, (_request, body, done) => done(null, body))
    pages.addHook('onRequest', async (_request, reply) => {
      reply.type(html).headers({
        'content-security-policy': pagePolicy(),
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
      })
    })
    pages.setErrorHandler(async (error, request, reply) => {
      const failure = await fail(site, openIncident(request.exchange, site.house), error)
      return reply
        .code(failure.status)
        .header('x-request-id', failure.requestId)
        .type(html)
        .send(show(request, failure))
    })
    add(pages)
  })
}

/** A visit in the name of the client that has sent somebody, whose record, limits and rules are to hold for it. */
export function openVisit(site: Site, request: FastifyRequest, reply: FastifyReply, client: Client | undefined): Visit {
  const { address, proxy } = request.exchange.origin
  if (address === undefined) {
    throw new Fault('client_not_allowed', {
      detail: `The address of the caller cannot be told${proxy ? ` by ${proxy}` : ''}.`,
    })
  }
  const incident = { ...openIncident(request.exchange, site.house), claimed: client }
  const ctx = contextOf(incident, site.house)
  reply.header('x-request-id', incident.requestId)
  return { request, reply, incident, ctx: client ? { ...ctx, actor: { kind: 'client', client } } : ctx }
}

/** Puts on record that a page could not do what was asked. */
export async function fail(site: Site, incident: Incident, error: unknown): Promise<Failure> {
  const { house } = site
  const fault = await recordRefusal(house, incident, toFault(error))
  if (fault.code === 'internal_error') house.reportFailure(fault.options.cause ?? fault, incident.requestId)
  return { fault, requestId: incident.requestId, status: problems[fault.code].status }
}

/** Makes durable what was counted, and answers. */
export async function sendPage({ reply, ctx }: Visit, text: string, status = 200): Promise<FastifyReply> {
  await settle(ctx)
  return reply.code(status).type(html).send(text)
}

/** To another page, by GET. */
export async function seeOther({ reply, ctx }: Visit, address: string): Promise<FastifyReply> {
  await settle(ctx)
  return reply.redirect(address, 303)
}

/** @throws Fault `invalid_request` */
export function readForm({ body }: FastifyRequest): Form {
  return parseForm(body instanceof Uint8Array ? body : new Uint8Array())
}

/**
 * Whether a form was sent from a page of this very origin: a browser says so (Fetch Metadata, else the Origin, which is null where
 * nothing is to be told of the page). The mark of the form stands behind it.
 */
export function isOfOwnOrigin({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const { origin, host } = headers
  return origin === undefined || origin === 'null' || (URL.canParse(origin) && new URL(origin).host === host)
}
