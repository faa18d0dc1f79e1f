import type { FastifyRequest } from 'fastify'
import { countRequest } from '../guard/count-request.ts'
import { sourceOf } from '../guard/source.ts'
import { contextOf } from '../http/context-of.ts'
import { openIncident, type Site } from '../http/serve.ts'
import { cosignerKey } from '../log/checkpoint.ts'
import { addCheckpoint, findCheckpoint, type Witnessed, type WitnessTools } from './add-checkpoint.ts'

const text = 'text/plain; charset=utf-8'

/** The statuses of C2SP tlog-witness. */
const statusOf: Readonly<Record<Witnessed['is'], number>> = {
  cosigned: 200,
  malformed: 400,
  'not signed': 403,
  'unknown log': 404,
  conflict: 409,
  inconsistent: 422,
}

/** Watches over the logs of others. Who asks is not asked who they are: what counts is what the log has signed. */
export function serveWitness({ http, house }: Site, tools: WitnessTools): void {
  const add = addCheckpoint(tools)
  http.register(async (scope) => {
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    const enter = async (request: FastifyRequest) => {
      const call = openIncident(request.exchange, house)
      const counted = { storage: house.storage, owed: call.owed, now: call.moment.now }
      const name = `witness ${sourceOf(call.address)}`
      const { refusal } = await countRequest(counted, name, house.policy.rateOtherPerMinute)
      if (refusal) throw refusal
      return contextOf(call, house)
    }
    scope.post('/witness/add-checkpoint', async (request, reply) => {
      const ctx = await enter(request)
      const found = await add(ctx, typeof request.body === 'string' ? request.body : '')
      reply.code(statusOf[found.is]).type(found.is === 'conflict' ? 'text/x.tlog.size' : text)
      if (found.is === 'conflict') return `${found.size}\n`
      return found.is === 'cosigned' ? found.line : `${found.is}\n`
    })
    scope.get<{ Querystring: { origin?: string | string[] } }>('/witness/checkpoint', async (request, reply) => {
      const { origin } = request.query
      const ctx = await enter(request)
      const note = typeof origin === 'string' ? await findCheckpoint(ctx, origin) : undefined
      return reply
        .code(note === undefined ? 404 : 200)
        .type(text)
        .send(note ?? 'unknown log\n')
    })
    scope.get('/witness/key', async (_request, reply) => reply.type(text).send(`${cosignerKey(tools)}\n`))
  })
}
