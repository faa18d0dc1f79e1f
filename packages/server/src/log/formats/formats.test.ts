import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EventType, events } from '@gatehouse/contract/events'
import type { AuditEvent } from '@gatehouse/contract/resources'
import { csvHeader, csvLine } from './csv.ts'
import { eventFormats } from './event-format.ts'
import { ocsfEvent } from './ocsf.ts'
import { syslogMessage } from './syslog.ts'

const event: AuditEvent = {
  id: 'evt_00000000000000000000000001',
  timestamp: '2026-11-22T12:00:00.000Z',
  type: 'login.failed',
  action: 'failed_login',
  outcome: 'failure',
  actor: 'client:portal',
  user_id: 'usr_00000000000000000000000001',
  email: 'ada@example.test',
  ip_address: '192.0.2.1',
  user_agent: 'Firefox',
  geo_location: 'FR',
  client_system: 'portal',
  session_id: 'ses_00000000000000000000000001',
  request_id: 'req_1',
  data: { reason: 'wrong_password', count: 2 },
  position: 7,
}

/** RFC 4180, as a program reads it. */
function parseCsv(text: string): string[][] {
  const rows = text.match(/(?:"(?:[^"]|"")*"|[^",\r\n])*(?:,(?:"(?:[^"]|"")*"|[^",\r\n])*)*\r\n/g) ?? []
  return rows.map((row) =>
    [...row.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
    ),
  )
}

/** The cell as it was: for whoever reads the file by a program. In the documentation. */
const rearm = (cell: string) => cell.replace(/(?<=^|[;\t\r\n])('*)'(?=[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])/gu, '$1')

const hostile = [
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '\n=1',
  ';=1',
  'a;=1;+2',
  '\uff1d1',
  "'=1",
  "''=1",
  "it's",
  '"=1"',
  'a,b\r\nc',
  '=HYPERLINK("http://x")',
  '',
  "';'=1",
]

test('172: no cell of a CSV is a formula, and nothing is lost', () => {
  for (const agent of hostile) {
    const [header, cells] = parseCsv(csvHeader + csvLine({ ...event, user_agent: agent }))
    assert.equal(cells?.length, header?.length)
    const cell = cells?.[header?.indexOf('user_agent') ?? -1] ?? ''
    assert.equal(rearm(cell), agent)
    // Whichever of these a program takes for the end of a cell.
    for (const part of cell.split(/[;\t\r\n]/)) assert.doesNotMatch(part, /^[=+\-@\uff1d\uff0b\uff0d\uff20]/u, agent)
    assert.doesNotMatch(cell, /^[\t\r\n]/, agent)
  }
})

test('171: in every form but CSV an event is one line without control characters', () => {
  const agent = 'a\nb\r\nc\u001b[31m\u2028\u2029\u202e\u009b\0'
  for (const name of ['jsonl', 'ocsf', 'syslog'] as const) {
    const line = eventFormats[name].line({ ...event, user_agent: agent })
    assert.match(line, /^[^\p{Cc}\u2028\u2029\u202e]+\n$/u, name)
  }
  assert.deepEqual(JSON.parse(eventFormats.jsonl.line({ ...event, user_agent: agent })), {
    ...event,
    user_agent: agent,
  })
})

test('a syslog message has the form of RFC 5424, and its values are escaped', () => {
  const message = syslogMessage({ ...event, email: 'a"]\\b@x' }, 'auth.example.test')
  const [, pri, host, id, structured, json] =
    /^<(\d+)>1 2026-11-22T12:00:00\.000Z (\S+) gatehouse - (\S+) \[gatehouse@32473((?: \w+="(?:[^"\\\]]|\\["\\\]])*")*)\] (\{.*)$/.exec(
      message,
    ) ?? assert.fail(message)
  assert.deepEqual([pri, host, id], ['84', 'auth.example.test', 'failed_login'])
  assert.match(structured ?? '', / email="a\\"\\\]\\\\b@x"/)
  assert.deepEqual(JSON.parse(json ?? ''), { ...event, email: 'a"]\\b@x' })
})

test('an event of OCSF has what every event must have', () => {
  for (const [type, { action, outcome }] of Object.entries(events)) {
    const shown = ocsfEvent({ ...event, type: type as EventType, action, outcome })
    assert.equal(shown.type_uid, shown.class_uid * 100 + shown.activity_id)
    assert.equal(shown.category_uid, Math.floor(shown.class_uid / 1000))
    assert.equal(shown.time, Date.parse(event.timestamp))
    // Classes of identity and access management are about somebody.
    assert.ok(shown.class_uid === 0 || shown.user?.uid)
  }
  const login = ocsfEvent(event)
  assert.deepEqual([login.class_uid, login.activity_id, login.status_id], [3002, 1, 2])
  assert.equal(ocsfEvent({ ...event, user_id: null }).class_uid, 0)
})
