// What webhooks of the bench go to: takes everything, and tells how much it was. Plain JavaScript, in a process of its own, and no
// more of HTTP than what the senders of the bench speak, so that it is the sender that is measured.
import { createServer } from 'node:net'

let taken = 0
const answer = (status, body = '') => `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
const noContent = 'HTTP/1.1 204 No Content\r\n\r\n'

const server = createServer({ noDelay: true }, (socket) => {
  let waiting = ''
  socket.setEncoding('latin1').on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    waiting += chunk
    let answers = ''
    for (;;) {
      const head = waiting.indexOf('\r\n\r\n')
      if (head === -1) break
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(waiting.slice(0, head))?.[1] ?? 0)
      const end = head + 4 + length
      if (waiting.length < end) break
      if (waiting.startsWith('GET ')) answers += answer('200 OK', String(taken))
      else {
        taken++
        answers += noContent
      }
      waiting = waiting.slice(end)
    }
    if (answers !== '') socket.write(answers)
  })
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
