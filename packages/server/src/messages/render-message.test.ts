import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languages, type MessageKind, messages } from '@gatehouse/contract/messages'
import { placesOf } from './fill-in.ts'
import { catalogues, renderMessage } from './render-message.ts'
import { TemplatesByTenant } from './templates/custom-templates.ts'
import type { Template } from './templates/template.ts'

const kinds = Object.keys(messages) as MessageKind[]
const textsOf = ({ subject, paragraphs, short }: Template) => [subject, ...paragraphs, ...(short ? [short] : [])]
const samples = {
  ours: '12',
  action: 'payout: amount 120.00',
  free: 'portal',
  link: 'https://auth.example.test/x',
  time: '2026-11-22T10:00:00Z',
}
const sample = (kind: MessageKind): Record<string, string> =>
  Object.fromEntries(
    Object.entries(messages[kind].values).map(([name, nature]) => [
      name,
      { agent: '', factor: 'totp', ...samples }[nature],
    ]),
  )
const rendered = (values: Readonly<Record<string, string>>, channel: 'email' | 'sms' = 'email') =>
  renderMessage({ channel, kind: 'code', values, language: 'en', service: 'Example' })

test('every message has words in every language and for every channel, and they speak of what is known', () => {
  for (const language of languages) {
    for (const kind of kinds) {
      const template = catalogues[language][kind]
      const { channels, values } = messages[kind]
      for (const channel of channels) {
        const { text, html } = renderMessage({ channel, kind, values: sample(kind), language, service: 'Example' })
        assert.ok(text.length > 20)
        assert.equal(html !== undefined, channel === 'email')
      }
      const known = [...Object.keys(values), 'service']
      for (const place of textsOf(template).flatMap(placesOf)) assert.ok(known.includes(place), `${kind}: ${place}`)
    }
  }
})

test('a value that is missing is an error, and not a hole in the text', () => {
  assert.throws(() => rendered({ code: '123456' }), /\{minutes\}/)
})

test('a short message fits into one SMS', () => {
  for (const language of languages) {
    const values = { code: '123456', minutes: '5' }
    const { text } = renderMessage({ channel: 'sms', kind: 'code', values, language, service: 'Gatehouse' })
    assert.ok(text.length <= 160, text)
  }
})

test('087 a value can begin no line, no tag and no place of its own', () => {
  const code = '1\r\nBcc: eve@example.test\u2028<img src=x onerror="x">{minutes}\u202e'
  const { subject, text, html } = rendered({ code, minutes: '5' })
  assert.equal(subject, `1 Bcc: eve@example.test <img src=x onerror="x">{minutes} is your code for Example`)
  assert.equal(text.split('\n\n').length, 4)
  assert.doesNotMatch(html ?? '', /<img|onerror="/)
  assert.match(html ?? '', /&#60;img src=x onerror=&#34;x&#34;&#62;\{minutes\}/)
})

test('a time, a program and a factor are told in the words of the language', () => {
  const userAgent =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'
  const values = { at: '2026-11-22T10:00:00Z', ip: '203.0.113.9', agent: userAgent, factor: 'totp' }
  const told = (language: 'en' | 'de') =>
    renderMessage({ channel: 'email', kind: 'factor_added', values, language, service: 'Example' }).text
  assert.match(
    told('en'),
    /an authenticator app\.\n\nWhen: November 22, 2026 at 10:00.AM UTC\. From the address 203\.0\.113\.9, with Chrome on Windows\./,
  )
  assert.match(
    told('de'),
    /eine Authenticator-App\.\n\nWann: 22\. November 2026 um 10:00 UTC\. .*, mit Chrome auf Windows\./,
  )
})

test('087 what a stranger calls a program, a client or themselves becomes no link', () => {
  const values = {
    at: '2026-11-22T10:00:00Z',
    ip: '203.0.113.9',
    agent: 'Firefox at https://evil.example',
    factor: 'x.evil.example',
  }
  const added = renderMessage({ channel: 'email', kind: 'factor_added', values, language: 'en', service: 'Example' })
  const due = { client: 'Win at www.evil.example/x https://evil.example', ends: values.at }
  const secret = renderMessage({
    channel: 'email',
    kind: 'admin_secret_due',
    values: due,
    language: 'en',
    service: 'Example',
  })
  for (const { subject, text, html } of [added, secret]) {
    for (const words of [subject, text, html]) assert.doesNotMatch(words ?? '', /evil\.example|:\/\//)
  }
})

test('an operator says it in other words, and of nothing that is not known', () => {
  const parse = (en: unknown) => TemplatesByTenant.safeParse(JSON.stringify({ default: { en } }))
  const own = parse({ code: { subject: 'Your {service} code', short: '{code} <b>' } })
  assert.ok(own.success)
  const given = {
    kind: 'code',
    values: { code: '1', minutes: '5' },
    language: 'en',
    service: 'X',
    custom: own.data['default']?.en?.code,
  } as const
  assert.equal(renderMessage({ ...given, channel: 'sms' }).text, '1 <b>')
  const mail = renderMessage({ ...given, channel: 'email' })
  assert.equal(mail.subject, 'Your X code')
  assert.match(mail.text, /^Your code for X:/)

  const markup = parse({ code: { paragraphs: ['<script>alert(1)</script> {code}'] } })
  assert.ok(markup.success)
  const html = renderMessage({ ...given, channel: 'email', custom: markup.data['default']?.en?.code }).html ?? ''
  assert.doesNotMatch(html, /<script>/)

  for (const wrong of [
    { code: { short: 'no code' } },
    { code: { short: '{code} {user}' } },
    { code: { short: '{code} { minutes }' } },
    { code: { short: '{code} {{minutes}}' } },
    { code: { short: '{code} {constructor}' } },
    { code: { short: '{code} {' } },
    { code: { short: '{code} }' } },
    { code: { html: '<p>no code</p>' } },
    { code: { html: '{code}<script/>' } },
    { code: { markup: '{code}' } },
    { unheard: { subject: 'x' } },
  ]) {
    assert.equal(parse(wrong).success, false, JSON.stringify(wrong))
  }
})
