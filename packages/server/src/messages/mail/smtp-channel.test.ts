import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { certificateMaker } from '../../../../../test/certificate.ts'
import type { OutgoingMessage } from '../channel.ts'
import { renderMessage } from '../render-message.ts'
import { type SmtpSettings, smtpChannel } from './smtp-channel.ts'
import { startMailServer } from './test-mail-server.ts'

const from = { name: 'Example & Söhne', address: 'no-reply@example.test' }

function channelFor(t: TestContext, port: number, more: Partial<SmtpSettings> = {}) {
  const channel = smtpChannel({ host: '127.0.0.1', port, tls: 'off', from, ...more })
  t.after(() => channel.close?.())
  return {
    send: (message: Partial<OutgoingMessage> = {}, signal = AbortSignal.timeout(15_000)) =>
      channel.deliver(codeMail(message), signal),
  }
}

function codeMail(more: Partial<OutgoingMessage>): OutgoingMessage {
  const values = { code: '123456', minutes: '5' }
  const words = renderMessage({ channel: 'email', kind: 'code', values, language: 'de', service: 'Grüße & <Co>' })
  return {
    id: 'msg_01kakakakakakakakakakakaka',
    tenantId: 'ten_1',
    channel: 'email',
    to: 'ada@example.test',
    kind: 'code',
    values,
    notAfter: new Date('2026-11-22T10:05:00Z'),
    ...words,
    ...more,
  }
}

test('a mail arrives whole: text, HTML and headers, as a second library reads them', async (t) => {
  const server = await startMailServer(t)
  assert.deepEqual(await channelFor(t, server.port).send(), { taken: true })
  const [received] = server.received
  assert.ok(received)
  assert.deepEqual([received.from, received.to], ['no-reply@example.test', ['ada@example.test']])
  const { mail } = received
  assert.equal(mail.subject, '123456 ist Ihr Code für Grüße & <Co>')
  assert.deepEqual(mail.from, from)
  assert.deepEqual(mail.to, [{ name: '', address: 'ada@example.test' }])
  assert.match(mail.text ?? '', /^Ihr Code für Grüße & <Co>:\s+123456\s+Er gilt 5 Minuten\./)
  assert.match(mail.html ?? '', /<p>Ihr Code für Grüße &#38; &#60;Co&#62;:<\/p>/)
  assert.equal(mail.messageId, '<msg_01kakakakakakakakakakakaka@example.test>')
  assert.equal(mail.headers.find(({ key }) => key === 'auto-submitted')?.value, 'auto-generated')
})

test('a second attempt goes out under the same id, and many mails over few connections', async (t) => {
  let connections = 0
  const server = await startMailServer(t, {
    onConnect(_, done) {
      connections++
      done()
    },
  })
  const channel = channelFor(t, server.port)
  const answers = await Promise.all(Array.from({ length: 30 }, () => channel.send()))
  assert.ok(answers.every(({ taken }) => taken))
  assert.ok(connections <= 5, String(connections))
  assert.equal(new Set(server.received.map(({ mail }) => mail.messageId)).size, 1)
})

test('with STARTTLS demanded nothing is said before it has worked', async (t) => {
  const certificate = certificateMaker(t)?.('mail')
  if (!certificate) return
  const { cert, key } = certificate
  const secured = await startMailServer(t, { cert, key })
  assert.deepEqual(await channelFor(t, secured.port, { tls: 'required', ca: cert }).send(), { taken: true })
  assert.equal(secured.received[0]?.isSecure, true)

  const unreachable = { taken: false, reason: 'unreachable', isFinal: false }
  const stranger = await channelFor(t, secured.port, { tls: 'required' }).send()
  assert.deepEqual(stranger, unreachable, 'a certificate that nobody vouches for')
  const plain = await startMailServer(t, { disabledCommands: ['STARTTLS'] })
  assert.deepEqual(await channelFor(t, plain.port, { tls: 'required', ca: cert }).send(), unreachable)
  assert.deepEqual(plain.received, [])

  const implicit = await startMailServer(t, { cert, key, secure: true })
  assert.deepEqual(await channelFor(t, implicit.port, { tls: 'implicit', ca: cert }).send(), { taken: true })
  assert.equal(implicit.received[0]?.isSecure, true)
})

test('name and password are given over TLS, and a wrong one is told from an unreachable server', async (t) => {
  const certificate = certificateMaker(t)?.('mail')
  if (!certificate) return
  const { cert, key } = certificate
  const server = await startMailServer(t, {
    cert,
    key,
    authOptional: false,
    onAuth({ username, password }, _, done) {
      if (username === 'gatehouse' && password === 'right') done(null, { user: username })
      else done(new Error('no'))
    },
  })
  const tls = { tls: 'required', ca: cert, user: 'gatehouse' } as const
  assert.deepEqual(await channelFor(t, server.port, { ...tls, password: 'right' }).send(), { taken: true })
  assert.equal(server.received[0]?.user, 'gatehouse')
  const wrong = await channelFor(t, server.port, { ...tls, password: 'wrong' }).send()
  assert.deepEqual(wrong, { taken: false, reason: 'not_authorised', isFinal: false })
})

const refusal = (responseCode: number) => Object.assign(new Error('no'), { responseCode })

test('what a mail server refuses for good is final, and what it refuses for now is not', async (t) => {
  const server = await startMailServer(t, {
    onRcptTo: ({ address }, _, done) => done(refusal(address.startsWith('later') ? 451 : 550)),
  })
  const channel = channelFor(t, server.port)
  const never = await channel.send()
  assert.deepEqual(never, { taken: false, reason: 'recipient_refused', isFinal: true })
  const later = await channel.send({ to: 'later@example.test' })
  assert.deepEqual(later, { taken: false, reason: 'busy', isFinal: false })
  const strict = await startMailServer(t, { onMailFrom: (_, __, done) => done(refusal(550)) })
  const sender = await channelFor(t, strict.port).send()
  assert.deepEqual(sender, { taken: false, reason: 'not_authorised', isFinal: false })
})

test('089 a mail server that is down or says nothing costs an attempt, and no more time than it was given', async (t) => {
  const silent = createServer()
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => silent.close())
  const { port } = silent.address() as { port: number }
  const slow = await channelFor(t, port).send({}, AbortSignal.timeout(200))
  assert.deepEqual(slow, { taken: false, reason: 'timeout', isFinal: false })
  const down = await channelFor(t, 1).send()
  assert.deepEqual(down, { taken: false, reason: 'unreachable', isFinal: false })
})

test('087 an odd address is refused or reaches exactly that one recipient, with the headers intact', async (t) => {
  const server = await startMailServer(t)
  const channel = channelFor(t, server.port)
  for (const odd of [
    'a@x.test\r\nBcc: b@y.test',
    'a@x.test\nRCPT TO:<b@y.test>',
    'a@x.test,b@y.test',
    'a@x.test;b@y.test',
    'a@x.test b@y.test',
    '<a@x.test>,<b@y.test>',
    'Group: a@x.test, b@y.test;',
    '"a@x.test b"@z.test',
    'a@x.test\0',
    'a@x.test\u2028b@y.test',
    'a@b@x.test',
    'a@x.test>',
    '(b@y.test)a@x.test',
    `${'a'.repeat(310)}@example.test`,
    '',
    '@x.test',
    'a@',
  ]) {
    const refused = await channel.send({ to: odd })
    assert.deepEqual(refused, { taken: false, reason: 'recipient_refused', isFinal: true }, JSON.stringify(odd))
  }
  assert.equal(server.received.length, 0)

  for (const [odd, arrives] of [
    ['a%00@x.test', 'a%00@x.test'],
    ["o'hara+tag=1@x.test", "o'hara+tag=1@x.test"],
    ['a!b%c@x.test', 'a!b%c@x.test'],
    ['ada@münchen.test', 'ada@xn--mnchen-3ya.test'],
    // Cyrillic: another domain than example.test, and it must stay another.
    ['ada@еxample.test', 'ada@xn--xample-2of.test'],
  ] as const) {
    assert.deepEqual(await channel.send({ to: odd }), { taken: true }, odd)
    const received = server.received.pop()
    assert.equal(received?.to.length, 1)
    assert.equal(received.to[0]?.replace('münchen', 'xn--mnchen-3ya').replace('еxample', 'xn--xample-2of'), arrives)
    const names = received.mail.headers.map(({ key }) => key)
    assert.equal(names.filter((name) => name === 'to').length, 1)
    assert.ok(!names.includes('bcc') && !names.includes('cc'))
  }
})

test('087 words with line breaks make no header', async (t) => {
  const server = await startMailServer(t)
  const subject = 'Hello\r\nBcc: eve@example.test\r\n\r\nbody'
  await channelFor(t, server.port).send({ subject })
  const [received] = server.received
  assert.deepEqual(received?.to, ['ada@example.test'])
  assert.equal(received?.mail.bcc, undefined)
  assert.doesNotMatch(received?.raw.split('\r\n\r\n')[0] ?? '', /^bcc:/im)
})

test('mail is signed by DKIM when there is a key', async (t) => {
  const server = await startMailServer(t)
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  await channelFor(t, server.port, { dkim: { domain: 'example.test', selector: 's1', privateKey } }).send()
  const signature = server.received[0]?.mail.headers.find(({ key }) => key === 'dkim-signature')?.value ?? ''
  assert.match(signature, /d=example\.test/)
  assert.match(signature, /s=s1/)
  assert.match(signature, /h=from:subject:/i)
})
