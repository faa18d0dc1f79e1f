/**
 * What makes a browser a device: keys that cannot be taken out of it, kept in IndexedDB, and nothing else that is stored.
 * Plain script, sent as it stands. All texts go into the page as text, never as markup.
 */
export const deviceScript = String.raw`'use strict'
const $ = (id) => document.getElementById(id)
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const utf8 = (text) => new TextEncoder().encode(text)

const opened = new Promise((resolve, reject) => {
  const opening = indexedDB.open('gatehouse-device', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('device', { keyPath: 'id' })
  opening.onsuccess = () => resolve(opening.result)
  opening.onerror = () => reject(opening.error)
})
async function inStore(mode, act) {
  const store = (await opened).transaction('device', mode).objectStore('device')
  return new Promise((resolve, reject) => {
    const asked = act(store)
    asked.onsuccess = () => resolve(asked.result)
    asked.onerror = () => reject(asked.error)
  })
}

async function signed(key, kind, fields) {
  const time = Math.floor(Date.now() / 1000)
  const text = ['gatehouse-push-v1', kind, ...fields, String(time)].join('\n')
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, utf8(text))
  return { time, signature: base64url(signature) }
}
async function call(path, body) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const said = await answer.json()
  if (answer.ok) return said
  throw Object.assign(new Error(said.title), { code: said.code })
}

async function pair(code) {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const { crv, kty, x, y } = await crypto.subtle.exportKey('jwk', keys.publicKey)
  const public_key = { crv, kty, x, y }
  const thumbprint = base64url(await crypto.subtle.digest('SHA-256', utf8(JSON.stringify(public_key))))
  const proof = await signed(keys.privateKey, 'pair', [code, thumbprint])
  const paired = await call('/v1/push/pair', { code, public_key, ...proof })
  const { device_id: id, service, account } = paired
  await inStore('readwrite', (store) => store.put({ id, service, account, key: keys.privateKey }))
  return paired
}

const views = ['pair', 'paired', 'idle', 'request']
function show(view) {
  for (const each of views) $(each).hidden = each !== view
}
function say(text) {
  $('said').textContent = text
}

let current
async function look() {
  const devices = await inStore('readonly', (store) => store.getAll())
  $('accounts').textContent = devices.map(({ account, service }) => service + ': ' + account).join(', ')
  if (devices.length === 0 || !$('paired').hidden) return
  const found = []
  for (const device of devices) {
    try {
      const proof = await signed(device.key, 'list', [device.id])
      const { data } = await call('/v1/push/requests', { device_id: device.id, ...proof })
      for (const request of data) found.push({ device, request })
    } catch (error) {
      if (error.code === 'device_not_accepted') await inStore('readwrite', (store) => store.delete(device.id))
      else say(error.message)
    }
  }
  const [next] = found
  if (next && next.request.id === current?.request.id) return
  current = next
  if (!next) return $('pair').hidden && show('idle')
  const { request, device } = next
  say('')
  $('who').textContent = device.account
  $('what').textContent = request.action ?? request.application
  $('where').textContent = request.ip_address ?? 'unknown'
  $('agent').textContent = request.user_agent ?? 'unknown'
  $('number').value = ''
  show('request')
  $('number').focus()
}
async function answer(decision) {
  const { device, request } = current
  const number = decision === 'approve' ? $('number').value.trim() : ''
  if (decision === 'approve' && !/^[0-9]{2}$/.test(number)) return say('Type the two digits that the sign-in shows.')
  const proof = await signed(device.key, 'answer', [device.id, request.id, decision, number])
  const body = { device_id: device.id, decision, ...(number && { number }), ...proof }
  await call('/v1/push/requests/' + request.id + '/answer', body).then(
    () => say(decision === 'approve' ? 'Approved.' : 'Denied. Change your password: whoever it was knows it.'),
    (error) => say(error.code === 'mfa_code_invalid' ? 'That was not the number. Start the sign-in again.' : error.message),
  )
  show('idle')
}

function on(id, event, act) {
  $(id).addEventListener(event, (happened) => {
    happened.preventDefault()
    act().catch((error) => say(error.message))
  })
}
on('pair', 'submit', async () => {
  const { confirmation } = await pair($('code').value.trim())
  say('')
  $('confirmation').textContent = confirmation
  show('paired')
})
on('done', 'click', async () => {
  show('idle')
  return look()
})
on('more', 'click', async () => show('pair'))
on('request', 'submit', () => answer('approve'))
on('deny', 'click', () => answer('deny'))

async function begin() {
  const [, code] = /^#pair=([0-9A-Za-z-]{1,64})$/.exec(location.hash) ?? []
  // The code is not to stay in the history.
  if (code) {
    history.replaceState(null, '', location.pathname)
    $('code').value = code
  }
  const devices = await inStore('readonly', (store) => store.getAll())
  show(code || devices.length === 0 ? 'pair' : 'idle')
  if (devices.length > 0) await look()
}
let looking = false
setInterval(() => {
  if (looking || document.hidden) return
  looking = true
  look()
    .catch((error) => say(error.message))
    .finally(() => (looking = false))
}, 2000)
begin().catch((error) => say(error.message))
`
