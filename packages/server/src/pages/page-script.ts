/**
 * What pages have more where scripts run. Every page does its work without it, but passkeys, which need it, and the proof of work
 * of a captcha.
 */
export const pageScript = `'use strict'
const all = (selector) => [...document.querySelectorAll(selector)]
const problem = document.getElementById('problem')
const first = document.querySelector('[data-focus]')
if (first) first.focus()
else if (problem) { problem.tabIndex = -1; problem.focus() }

// A page from the memory of the browser shows what was true then: it is asked for again.
addEventListener('pageshow', (event) => { if (event.persisted) location.reload() })

// Pressed once: the answer is on its way.
addEventListener('submit', ({ target }) => {
  if (target.dataset.sent) return
  setTimeout(() => { target.dataset.sent = '1'; for (const button of target.querySelectorAll('button')) button.disabled = true })
})

for (const button of all('[data-show]')) {
  const field = document.getElementById(button.dataset.show)
  const [show, hide] = [button.textContent, button.dataset.hide]
  button.hidden = false
  button.addEventListener('click', () => {
    const isShown = field.type === 'text'
    field.type = isShown ? 'password' : 'text'
    button.textContent = isShown ? show : hide
  })
}

for (const button of all('[data-copy]')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).dataset.text)
    button.textContent = button.dataset.done
    saved()
  })
}
for (const button of all('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => { saved(); print() })
}
for (const button of all('[data-download]')) {
  button.hidden = false
  button.addEventListener('click', () => {
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([document.getElementById(button.dataset.download).dataset.text], { type: 'text/plain' }))
    link.download = button.dataset.name
    link.click()
    URL.revokeObjectURL(link.href)
    saved()
  })
}
function saved() {
  const field = document.getElementById('saved')
  if (field) field.value = '1'
}

// The key for typing opens by itself when half a minute has passed without a scan; the picture stays.
for (const box of all('details[data-opens]')) {
  setTimeout(() => { box.open = true; document.getElementById('opened').textContent = box.querySelector('summary').textContent }, Number(box.dataset.opens))
}

for (const said of all('[data-until]')) {
  const [words, button] = [said.dataset.words, document.getElementById(said.dataset.button)]
  let left = Number(said.dataset.until)
  const tick = () => {
    if (left <= 0) { said.textContent = ''; if (button) button.disabled = false; clearInterval(timer); return }
    if (button) button.disabled = true
    said.textContent = words.replace('{n}', left)
    left -= 10
  }
  const timer = setInterval(tick, 10000)
  tick()
}

const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const withIds = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }))

async function askPasskey(options, more) {
  const publicKey = { ...options, challenge: bytes(options.challenge) }
  const made = options.user
    ? await navigator.credentials.create({ publicKey: { ...publicKey, user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: withIds(options.excludeCredentials) } })
    : await navigator.credentials.get({ publicKey: { ...publicKey, allowCredentials: withIds(options.allowCredentials) }, ...more })
  const { response } = made
  const said = { clientDataJSON: text(response.clientDataJSON) }
  for (const name of ['authenticatorData', 'signature', 'userHandle', 'attestationObject']) {
    if (response[name] && response[name].byteLength !== undefined) said[name] = text(response[name])
  }
  if (response.getTransports) said.transports = response.getTransports()
  return { id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: made.getClientExtensionResults(), response: said, ...(made.authenticatorAttachment && { authenticatorAttachment: made.authenticatorAttachment }) }
}

for (const form of all('form[data-passkey]')) {
  const button = form.querySelector('button')
  const options = JSON.parse(form.dataset.passkey)
  const said = form.querySelector('[role=status]')
  let waiting
  const send = (answer) => { form.elements.response.value = JSON.stringify(answer); form.requestSubmit() }
  if (!window.PublicKeyCredential) { button.hidden = true; said.textContent = form.dataset.missing; continue }
  button.type = 'button'
  button.hidden = false
  button.addEventListener('click', async () => {
    if (waiting) waiting.abort()
    said.textContent = form.dataset.asks
    try { send(await askPasskey(options)) } catch { said.textContent = form.dataset.failed; button.focus() }
  })
  if (form.dataset.inField !== undefined && PublicKeyCredential.isConditionalMediationAvailable) {
    PublicKeyCredential.isConditionalMediationAvailable().then((able) => {
      if (!able) return
      waiting = new AbortController()
      askPasskey(options, { mediation: 'conditional', signal: waiting.signal }).then(send, () => {})
    })
  }
}

async function work({ challenge, bits, iterations }) {
  const [encoder, largest] = [new TextEncoder(), 2 ** (32 - bits)]
  const salt = encoder.encode(challenge)
  const head = async (counter) => {
    const key = await crypto.subtle.importKey('raw', encoder.encode(String(counter)), 'PBKDF2', false, ['deriveBits'])
    return new DataView(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256)).getUint32(0)
  }
  for (let first = 0; ; first += 16) {
    const heads = await Promise.all(Array.from({ length: 16 }, (_, index) => head(first + index)))
    const found = heads.findIndex((each) => each < largest)
    if (found !== -1) return challenge + '.' + (first + found)
  }
}
for (const field of all('input[data-work]')) {
  const buttons = field.form.querySelectorAll('button')
  for (const button of buttons) button.disabled = true
  work(JSON.parse(field.dataset.work)).then((token) => {
    field.value = token
    document.getElementById('worked').textContent = document.getElementById('worked').dataset.done
    for (const button of buttons) button.disabled = false
  })
}
`
