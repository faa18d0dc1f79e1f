import { randomUUID } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** What the widget in the browser has found out, and the provider keeps. */
interface Solved {
  readonly hostname: string
  readonly action: string
  readonly score: number
  readonly at: Date
}

/**
 * A captcha provider that speaks the verification protocol which reCAPTCHA v3, Turnstile and hCaptcha share. It is careless:
 * a token that comes twice is good twice, so that a refusal is ours.
 */
export interface CaptchaProvider {
  readonly url: string
  readonly secret: string
  /** How often it was asked. */
  readonly asked: () => number
  /** What the widget gives a person who has solved it. */
  solve(solved: Solved): string
  /** Answers like this from now on; undefined puts it back in order. */
  breakDown(trouble: RequestListener | undefined): void
}

export async function startCaptchaProvider(t: TestContext): Promise<CaptchaProvider> {
  const secret = `secret-${randomUUID()}`
  const solutions = new Map<string, Solved>()
  let trouble: RequestListener | undefined
  let asked = 0
  const http = createServer((request, response) => {
    asked++
    if (trouble) return trouble(request, response)
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString()
    })
    request.on('end', () => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer(new URLSearchParams(body))))
    })
  })
  function answer(form: URLSearchParams) {
    if (form.get('secret') !== secret) return { success: false, 'error-codes': ['invalid-input-secret'] }
    const solved = solutions.get(form.get('response') ?? '')
    if (!solved) return { success: false, 'error-codes': ['invalid-input-response'] }
    const { at, ...rest } = solved
    return { success: true, ...rest, challenge_ts: at.toISOString() }
  }
  await new Promise<void>((done) => {
    http.listen(0, '127.0.0.1', done)
  })
  t.after(() => {
    http.closeAllConnections()
    http.close()
  })
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/siteverify`,
    secret,
    asked: () => asked,
    solve(solved) {
      const token = randomUUID()
      solutions.set(token, solved)
      return token
    },
    breakDown(next) {
      trouble = next
    },
  }
}
