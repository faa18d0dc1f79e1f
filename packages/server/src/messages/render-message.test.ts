import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languages, type MessageKind, messages } from '@gatehouse/contract/messages'
import { placesOf } from './fill-in.ts'
import { catalogues, renderMessage } from './render-message.ts'
import type { Template } from './templates/template.ts'

const kinds = Object.keys(messages) as MessageKind[]
const textsOf = ({ subject, paragraphs, short }: Template) => [subject, ...paragraphs, ...(short ? [short] : [])]
const sample = (kind: MessageKind) =>
  Object.fromEntries(Object.keys(messages[kind].values).map((name) => [name, `the ${name}`]))
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
