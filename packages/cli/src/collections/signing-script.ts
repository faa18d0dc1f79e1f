/**
 * What Postman and Insomnia run before each request: signs the requests that carry X-Client-Id, as they will be sent. It is
 * text because it runs in those programs, and uses only what both of them have. v1 unless the variable `scheme` says v2:
 * v2 covers the path, which these programs may still rewrite.
 */
export const signingScript = `const tool = typeof insomnia === 'undefined' ? pm : insomnia
const CryptoJS = require('crypto-js')
const { request, variables } = tool

if (request.headers.has('X-Client-Id')) sign()

function sign() {
  const clientId = variables.get('client_id')
  const secret = variables.get('client_secret')
  if (!clientId || !secret) throw new Error('Set client_id and client_secret: gatehouse clients create prints them.')
  const set = (key, value) => request.headers.upsert({ key, value })
  const hmac = (text) => CryptoJS.HmacSHA256(text, secret).toString()
  const nonce = Array.from({ length: 24 }, () => Math.floor(Math.random() * 16).toString(16)).join('')
  const timestamp = String(Math.floor(Date.now() / 1000))
  const isV2 = variables.get('scheme') === 'v2'

  let body = request.method === 'GET' || !request.body ? '' : variables.replaceIn(request.body.toString())
  if (body !== '') {
    // A signature of v1 is good once: without something new in it, an equal request of the same second is a replay.
    if (!isV2) body = body.replace(/^\\s*\\{(?=\\s*(["}]))/, (_, next) => '{"nonce":"' + nonce + '"' + (next === '}' ? '' : ','))
    request.body.update({ mode: 'raw', raw: body })
  }

  set('X-Client-Id', clientId)
  set('X-Timestamp', timestamp)
  if (!isV2) {
    set('X-Signature', 'sha256=' + hmac(timestamp + '.' + body))
    return
  }
  const url = variables.replaceIn(request.url.toString())
  const [, scheme, host, target] = /^(https?):\\/\\/([^/?#]+)([^#]*)/.exec(url) || []
  if (!host) throw new Error('base_url has the form https://gatehouse.example.')
  const authority = host.toLowerCase().replace(scheme === 'https' ? /:443$/ : /:80$/, '')
  const hash = CryptoJS.SHA256(body).toString()
  const lines = ['gatehouse-v2', clientId, timestamp, nonce, request.method, authority, target || '/', hash]
  set('X-Nonce', nonce)
  set('X-Signature', 'v2=' + hmac(lines.join('\\n')))
}
`
