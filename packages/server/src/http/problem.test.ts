import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ProblemCode, problems } from '@gatehouse/contract/problems'
import { Fault } from '../kernel/fault.ts'
import { answerProblem, toFault } from './problem.ts'

const now = new Date('2026-11-21T22:00:00Z')
const answer = (fault: Fault) => {
  const { body, ...rest } = answerProblem(fault, 'req_1', 'https://auth.example.test', now)
  return { ...rest, body: JSON.parse(body) }
}

test('every problem becomes an RFC 9457 document with its status, title and way out', () => {
  for (const code of Object.keys(problems) as ProblemCode[]) {
    const { status, mediaType, requestId, body } = answer(new Fault(code))
    assert.equal(status, problems[code].status)
    assert.equal(mediaType, 'application/problem+json; charset=utf-8')
    assert.equal(requestId, 'req_1')
    const { server_time: serverTime, ...rest } = body
    assert.deepEqual(rest, {
      type: `https://auth.example.test/docs/errors/${code}`,
      title: problems[code].title,
      status,
      code,
      hint: problems[code].fix,
      request_id: 'req_1',
    })
    const isAboutClocks = code === 'signature_timestamp_out_of_range' || code === 'mfa_code_invalid'
    assert.equal(serverTime, isAboutClocks ? '2026-11-21T22:00:00.000Z' : undefined)
  }
})

test('what a refusal says of its case stands in the document, and its cause does not', () => {
  const errors = [{ pointer: '/email', code: 'invalid_format' }]
  const cause = new Error('the password is hunter2')
  const { body, headers } = answer(
    new Fault('rate_limited', {
      detail: 'Too fast.',
      hint: 'Wait.',
      errors,
      retryAfterSeconds: 30,
      cause,
      recorded: true,
    }),
  )
  assert.deepEqual([body.detail, body.hint, body.errors, body.retry_after_seconds], ['Too fast.', 'Wait.', errors, 30])
  assert.equal(headers['retry-after'], '30')
  assert.ok(!JSON.stringify(body).includes('hunter2'))
  assert.ok(!('recorded' in body))
})

test('without a time to wait there is no Retry-After', () => {
  assert.equal(answer(new Fault('overloaded')).headers['retry-after'], undefined)
})

test('a refusal stays what it is; what Fastify and Node throw gets its own word', () => {
  const own = new Fault('not_found')
  assert.equal(toFault(own), own)
  for (const [thrown, code] of [
    [{ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }, 'payload_too_large'],
    [{ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 }, 'unsupported_media_type'],
    [{ code: 'FST_ERR_CTP_INVALID_CONTENT_LENGTH', statusCode: 400 }, 'invalid_request'],
    [{ code: 'HPE_HEADER_OVERFLOW' }, 'headers_too_large'],
    [{ code: 'ERR_HTTP_REQUEST_TIMEOUT' }, 'request_timeout'],
    [{ code: 'ECONNRESET', statusCode: 400 }, 'invalid_request'],
    [{ code: 'ECONNRESET' }, 'internal_error'],
    [{ statusCode: 500 }, 'internal_error'],
    [new TypeError('x is not a function'), 'internal_error'],
    ['a text', 'internal_error'],
    [undefined, 'internal_error'],
    [null, 'internal_error'],
  ] as const) {
    const fault = toFault(thrown)
    assert.equal(fault.code, code, JSON.stringify(thrown))
    assert.equal(fault.options.cause, thrown)
  }
})

test('what nobody foresaw tells nothing', () => {
  const { body } = answer(toFault(new Error('select secret from client_secret: syntax error')))
  assert.ok(!JSON.stringify(body).includes('secret'))
  assert.equal(body.detail, undefined)
})
