// What webhooks of the bench go to: takes everything, and tells how much it was. Plain JavaScript, in a process of its own.
import { createServer } from 'node:http'

let taken = 0
const server = createServer((request, response) => {
  if (request.method === 'GET') return response.end(String(taken))
  request.resume().on('end', () => {
    taken++
    response.writeHead(204).end()
  })
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
