import { clientSlugForm } from '@gatehouse/contract/fields'
import * as api from '@gatehouse/contract/hosted-operations'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Client } from '../clients/client.ts'
import { countRequest } from '../guard/count-request.ts'
import { sourceOf } from '../guard/source.ts'
import { type CookieJar, cookieJar } from '../http/cookie-jar.ts'
import {
  type Failure,
  fail,
  isOfOwnOrigin,
  openVisit,
  pageScope,
  readForm,
  seeOther,
  sendPage,
  type Visit,
} from '../http/page-scope.ts'
import { type Site, serve } from '../http/serve.ts'
import { secondMs } from '../kernel/durations.ts'
import { Fault } from '../kernel/fault.ts'
import { parseForm } from '../kernel/form.ts'
import { newId, type SessionId } from '../kernel/ids.ts'
import { html } from '../pages/html.ts'
import { page, pagePolicy } from '../pages/page.ts'
import { type AuthorizationRequest, judgeRequest, type Returned, returnAddress } from './authorization-request.ts'
import {
  bearsMark,
  type Flow,
  isFlowId,
  newMark,
  openFlow,
  openPresence,
  type Step,
  sealFlow,
  sealPresence,
} from './flow.ts'
import { issueCode } from './issue-code.ts'
import { redeemCode } from './redeem-code.ts'
import { seeStep } from './see-step.ts'
import { movesOf, type StepTools } from './take-step.ts'
import type { Next } from './turn.ts'
import { languageOf, say, sayWrong } from './words.ts'

/** A browser in the middle of a sign-in. */
interface Stage {
  readonly visit: Visit
  readonly client: Client
  readonly flow: Flow
  readonly jar: CookieJar
}

/** More sign-ins at the same time would not fit into the cookies that a server takes. */
const flowsAtOnce = 3

/** The sign-in that an application sends a browser to, and comes back from with a code (RFC 6749, section 4.1). */
export function serveHosted(site: Site, tools: StepTools): void {
  const { house } = site
  const { keys, policy, publicUrl: issuer } = tools
  serve(site, api.redeemCode, redeemCode(tools))
  const { take, begin, isCounted } = movesOf(tools)
  const issue = issueCode(tools)
  const see = seeStep(tools)

  pageScope(site, showFailure, (pages) => {
    pages.get('/oauth/authorize', async (request, reply) => {
      const asked = parseForm(Buffer.from(request.raw.url?.split('?', 2)[1] ?? ''))
      const client = await findClient(asked.get('client_id'))
      const { wanted, returned } = judgeRequest(asked, client)
      const visit = openVisit(site, request, reply, client)
      if (returned) return seeOther(visit, answerWith(wanted, returned))
      const jar = cookieJar(request, reply, house)
      const step = await begin(visit.ctx, wanted, findPresence(jar, wanted.slug))
      const until = visit.ctx.now.getTime() + policy.hostedSignInSeconds * secondMs
      const flow = { id: newId('flw', visit.ctx), until, mark: '', request: wanted, step }
      for (const old of jar
        .names('flow-')
        .toSorted()
        .slice(0, 1 - flowsAtOnce))
        jar.drop(old)
      return goTo({ visit, flow, jar }, step)
    })

    pages.get<{ Params: { id: string } }>('/sign-in/:id', async (request, reply) => {
      const stage = await findStage(request, reply)
      return showPage(stage, {})
    })

    pages.post<{ Params: { id: string } }>('/sign-in/:id', async (request, reply) => {
      const stage = await findStage(request, reply)
      const { visit, flow } = stage
      const form = readForm(request)
      // A page of before, or of somebody else: nothing is done, and the page of now is shown.
      const isOurs = isOfOwnOrigin(request) && bearsMark(form, flow)
      if (!isOurs) return seeOther(visit, `/sign-in/${flow.id}`)
      const move = form.get('do') ?? ''
      if (move === 'cancel') {
        stage.jar.drop(`flow-${flow.id}`)
        return seeOther(
          visit,
          answerWith(flow.request, { error: 'access_denied', description: 'the person went back' }),
        )
      }
      try {
        if (isCounted(move)) await count(stage)
        const endUser = endUserOf(visit, stage.jar.get(`device-${flow.request.slug}`))
        const next = await take(move, { ctx: visit.ctx, flow, form, endUser })
        return 'step' in next ? await goTo(stage, next.step) : await finish(stage, next.done)
      } catch (error) {
        return showWrong(stage, await fail(site, visit.incident, error))
      }
    })
  })

  async function findClient(slug: string | undefined): Promise<Client | undefined> {
    return slug !== undefined && clientSlugForm.test(slug) ? house.clients.find(slug, house.world.now()) : undefined
  }

  function findPresence(jar: CookieJar, slug: string): SessionId | undefined {
    return openPresence(keys, slug, jar.get(`session-${slug}`))
  }

  async function findStage(request: FastifyRequest<{ Params: { id: string } }>, reply: FastifyReply): Promise<Stage> {
    const { id } = request.params
    if (!isFlowId(id)) throw new Fault('not_found')
    const jar = cookieJar(request, reply, house)
    const flow = openFlow(keys, id, jar.get(`flow-${id}`), house.world.now())
    const client = await findClient(flow?.request.slug)
    // What the client may do is judged anew: it may have changed within the half hour.
    const isAllowed = flow && client?.redirectUris.includes(flow.request.redirectUri) && client.scopes.has('auth')
    if (!client || !isAllowed) throw new Fault('sign_in_over')
    return { visit: openVisit(site, request, reply, client), client, flow, jar }
  }

  /** What is judged is counted: as many a minute as the same person may try by the API of the same client. */
  async function count({ visit: { ctx, incident }, client }: Stage): Promise<void> {
    const name = `rate auth ${client.id} ${sourceOf(incident.address)}`
    const { refusal } = await countRequest(ctx, name, client.limits.auth ?? policy.rateAuthPerMinute)
    if (refusal) throw refusal
  }

  /** To the page of another step, under another mark: what was shown before is of no use any more. */
  function goTo({ visit, flow, jar }: Omit<Stage, 'client'>, step: Step): Promise<FastifyReply> {
    const email = 'email' in step && step.email ? step.email : flow.email
    const next = { ...flow, mark: newMark(visit.ctx), step, ...(email !== undefined && { email }) }
    jar.keep(`flow-${flow.id}`, sealFlow(keys, next, visit.ctx), policy.hostedSignInSeconds)
    return seeOther(visit, `/sign-in/${flow.id}`)
  }

  async function finish(
    { visit, flow, jar }: Stage,
    { sessionId, deviceToken }: Extract<Next, { done: object }>['done'],
  ) {
    const { ctx } = visit
    const { request } = flow
    const code = await issue(ctx, { request, sessionId, previousId: findPresence(jar, request.slug) })
    jar.drop(`flow-${flow.id}`)
    jar.keep(`session-${request.slug}`, sealPresence(keys, request.slug, sessionId, ctx))
    if (deviceToken !== undefined) jar.keep(`device-${request.slug}`, deviceToken, policy.deviceDays * 86_400)
    return seeOther(visit, returnAddress(request, { code, iss: issuer }))
  }

  function answerWith(wanted: AuthorizationRequest, { error, description }: Returned): string {
    return returnAddress(wanted, { error, error_description: description, iss: issuer })
  }

  /** Its forms may lead to the application, and to nobody else. */
  async function showPage(
    { visit, flow }: Stage,
    more: Pick<Parameters<typeof see>[1], 'problem' | 'captcha'>,
    status = 200,
  ): Promise<FastifyReply> {
    const { ctx, request, reply } = visit
    reply.header('content-security-policy', pagePolicy(new URL(flow.request.redirectUri).origin))
    return sendPage(
      visit,
      await see(ctx, { flow, language: languageOf(request.headers['accept-language']), ...more }),
      status,
    )
  }

  function showWrong(stage: Stage, failure: Failure): Promise<FastifyReply> {
    const { visit, flow } = stage
    const { fault, status } = failure
    if (fault.code === 'challenge_expired')
      return goTo(stage, { at: 'email', ...(flow.email && { email: flow.email }), isExpired: true })
    const { words } = languageOf(visit.request.headers['accept-language'])
    const problem = sayWrong(words, fault, flow.step)
    if (problem === undefined) return sendPage(visit, showFailure(visit.request, failure), status)
    const { retryAfterSeconds, captcha } = fault.options
    if (retryAfterSeconds !== undefined) visit.reply.header('retry-after', retryAfterSeconds)
    return showPage(stage, { problem, captcha }, status)
  }
}

/** A page that says what happened, and what to do, to who cannot go on. */
function showFailure(request: FastifyRequest, { fault, requestId }: Failure): string {
  const { lang, words } = languageOf(request.headers['accept-language'])
  const isOver = fault.code === 'sign_in_over' || fault.code === 'challenge_expired'
  const text = isOver ? words.over : say(words.trouble, { id: requestId })
  const { detail } = fault.options
  const told =
    fault.code === 'authorization_request_invalid' && detail !== undefined && html`<p class="hint">${detail}</p>`
  return page({ lang, title: isOver ? words.over_title : words.trouble_title, body: html`<p>${text}</p>${told}` })
}

function endUserOf({ ctx }: Visit, deviceToken: string | undefined) {
  const { ipAddress, userAgent } = ctx.source
  return {
    ...(ipAddress !== null && { ip: ipAddress }),
    ...(userAgent !== null && { user_agent: userAgent }),
    ...(deviceToken !== undefined && { device_token: deviceToken }),
  }
}
