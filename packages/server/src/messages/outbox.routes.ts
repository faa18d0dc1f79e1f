import * as api from '@gatehouse/contract/sandbox-operations'
import type { FastifyRequest } from 'fastify'
import { type Site, serve } from '../http/serve.ts'
import { hostOf, isLoopback } from '../kernel/address.ts'
import { Fault } from '../kernel/fault.ts'
import { pagePolicy } from '../pages/page.ts'
import type { CapturedMessages } from './captured-messages.ts'
import type { WordTools } from './deliver-message.ts'
import { listTestMessages } from './kept-messages.ts'
import { outboxPage } from './outbox-page.ts'
import type { Sender } from './sender.ts'

const html = 'text/html; charset=utf-8'

/** The messages of a server that sends none, for the person at this machine. Codes stand in them: nobody else may look. */
export function serveOutbox({ http }: Site, outbox: CapturedMessages, sender: Sender): void {
  const list = async (request: FastifyRequest) => {
    refuseStrangers(request)
    await sender.flush()
    return outbox.list()
  }
  http.get('/dev/outbox', async (request, reply) => {
    const messages = await list(request)
    return reply.header('content-security-policy', pagePolicy()).type(html).send(outboxPage(messages))
  })
  http.get('/dev/outbox.json', async (request) => ({
    data: (await list(request)).map(({ tenantId: tenant_id, notAfter, at, ...message }) => ({
      ...message,
      tenant_id,
      at: at.toISOString(),
      not_after: notAfter.toISOString(),
    })),
  }))
}

/** The messages of test tenants, for their clients. */
export function serveTestMessages(site: Site, tools: WordTools): void {
  serve(site, api.listTestMessages, listTestMessages(tools))
}

/** Also who comes by the name of another host: a page that a browser was led to may have pointed its name at this machine. */
function refuseStrangers({ socket, hostname }: FastifyRequest): void {
  const isLocal = isLoopback(socket.remoteAddress ?? '') && isLoopback(hostOf(hostname))
  if (!isLocal) throw new Fault('not_found')
}
