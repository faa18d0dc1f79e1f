/**
 * What makes a browser a device: keys that cannot be taken out of it, kept in IndexedDB, and nothing else that is stored.
 * Plain script, sent as it stands. The page has it, and the worker that wakes when the page is closed.
 */
const core = String.raw`'use strict'
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

/** Everything that waits for an answer here. A device that its owner has removed is forgotten. */
async function findRequests(report) {
  const found = []
  for (const device of await inStore('readonly', (store) => store.getAll())) {
    try {
      const proof = await signed(device.key, 'list', [device.id])
      const { data, transport } = await call('/v1/push/requests', { device_id: device.id, ...proof })
      if (transport !== device.transport) await inStore('readwrite', (store) => store.put({ ...device, transport }))
      for (const request of data) found.push({ device, request })
    } catch (error) {
      if (error.code === 'device_not_accepted') await inStore('readwrite', (store) => store.delete(device.id))
      else report(error)
    }
  }
  return found
}

async function tellServer(device, subscription) {
  const fields = Object.values(subscription)
  const proof = await signed(device.key, 'subscribe', [device.id, ...fields])
  const { transport } = await call('/v1/push/subscription', { device_id: device.id, subscription, ...proof })
  await inStore('readwrite', (store) => store.put({ ...device, transport, endpoint: subscription.endpoint }))
}

/** Lets the browser wake for requests, and tells the server where: of each device, and only what it does not know. */
async function subscribe({ pushManager }) {
  const { web_push } = await (await fetch('/v1/push/transports')).json()
  if (!web_push) return
  const applicationServerKey = web_push.public_key
  let known = await pushManager.getSubscription()
  if (known && base64url(known.options.applicationServerKey) !== applicationServerKey) {
    await known.unsubscribe()
    known = null
  }
  known ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey })
  const { endpoint, keys } = known.toJSON()
  const subscription = { transport: 'web_push', endpoint, p256dh: keys.p256dh, auth: keys.auth }
  for (const device of await inStore('readonly', (store) => store.getAll())) {
    if (device.transport !== 'web_push' || device.endpoint !== endpoint) await tellServer(device, subscription)
  }
}
`

/** The script of the page. All texts go into the page as text, never as markup. */
export const deviceScript = `${core}
const $ = (id) => document.getElementById(id)

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

/** What is about to happen, in full: whoever says yes says it to every word of it. */
function wordsOf(action) {
  const { type, ...fields } = action ?? {}
  return type ? [type, ...Object.entries(fields).map(([name, value]) => name + ': ' + value)] : []
}

let current
async function look() {
  const devices = await inStore('readonly', (store) => store.getAll())
  $('accounts').textContent = devices.map(({ account, service }) => service + ': ' + account).join(', ')
  if (devices.length === 0 || !$('paired').hidden) return
  const found = await findRequests((error) => say(error.message))
  const [next] = found
  if (next && next.request.id === current?.request.id) return
  current = next
  if (!next) return $('pair').hidden && show('idle')
  const { request, device } = next
  say('')
  $('who').textContent = device.account
  $('what').textContent = [request.application, ...wordsOf(request.action)].join(' · ')
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
  await closeNotes()
}

// A page that is closed is told by its worker, where the browser has one and its owner wants it.
const canNotify = 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window
const scope = '/device'
const trusted = window.trustedTypes?.createPolicy('device-worker', { createScriptURL: () => '/device/worker.js' })
async function findSubscription() {
  const registration = canNotify ? await navigator.serviceWorker.getRegistration(scope) : undefined
  return { registration, subscription: await registration?.pushManager.getSubscription() }
}
async function closeNotes() {
  const { registration } = await findSubscription()
  for (const note of (await registration?.getNotifications()) ?? []) note.close()
}
async function offerNotes() {
  const { registration, subscription } = await findSubscription()
  const { web_push } = await (await fetch('/v1/push/transports')).json()
  $('notify').hidden = !canNotify || !web_push || Notification.permission === 'denied'
  $('notify').textContent = subscription ? 'Do not notify me any more' : 'Notify me when this page is closed'
  if (subscription) await subscribe(registration)
}
async function changeNotes() {
  const { subscription } = await findSubscription()
  if (subscription) {
    await subscription.unsubscribe()
    for (const device of await inStore('readonly', (store) => store.getAll())) {
      await tellServer(device, { transport: 'polling' })
    }
  } else if ((await Notification.requestPermission()) === 'granted') {
    await navigator.serviceWorker.register(trusted?.createScriptURL('') ?? '/device/worker.js', { scope })
    await navigator.serviceWorker.ready.then(subscribe).catch((error) => {
      say('This browser cannot be notified: leave the page open. (' + error.message + ')')
    })
  }
  await offerNotes()
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
  await look()
  return offerNotes()
})
on('more', 'click', async () => show('pair'))
on('notify', 'click', changeNotes)
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
  if (devices.length === 0) return
  await look()
  await offerNotes()
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

/** The script that runs when the page is closed and a push service wakes the browser. */
export const deviceWorker = `${core}
async function tell({ text, until }) {
  // Asking is also how the server learns that the device was reached.
  const found = await findRequests(() => {})
  const [next] = found
  const body = next ? [next.request.application, next.request.ip_address].filter(Boolean).join(', ') : ''
  const timestamp = Date.parse(until)
  await registration.showNotification(text, { body, timestamp, tag: 'request', icon: '/device/icon.svg', requireInteraction: true })
}
async function open() {
  const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true })
  const page = pages.find(({ url }) => new URL(url).pathname === '/device')
  return page ? page.focus() : clients.openWindow('/device')
}
addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('push', (event) => event.waitUntil(tell(event.data.json())))
addEventListener('pushsubscriptionchange', (event) => event.waitUntil(subscribe(registration)))
addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(open())
})
`
