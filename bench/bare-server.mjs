// The least that Fastify can be: what every measurement is held against. One route takes any path and any JSON and
// answers what it was told to. Plain JavaScript, so that its start pays for nothing but Fastify.
// node bench/bare-server.mjs PORT [BODY [BYTES OF FURTHER HEADERS]]
import Fastify from 'fastify'

const [port, body = '{}', filler = '0'] = process.argv.slice(2)
const value = 'x'.repeat(Math.max(0, Number(filler) - 'x-filler: \r\n'.length))
const http = Fastify()
http.route({
  method: ['GET', 'POST'],
  url: '/v1/*',
  handler: async (_request, reply) => {
    if (value !== '') reply.header('x-filler', value)
    return reply.type('application/json; charset=utf-8').send(body)
  },
})
await http.listen({ host: '127.0.0.1', port: Number(port) })
console.log('ready')
