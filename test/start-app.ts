import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Authenticated } from '@gatehouse/contract/resources'
import { createGatehouse } from '@gatehouse/sdk'

interface Site {
  readonly url: string
  readonly slug: string
  readonly secret: string
  /** Any that is free unless it is given. */
  readonly port?: number
}

interface Answer {
  readonly html: string
  readonly cookie?: string
}

const page = (body: string) =>
  `<!doctype html><html lang="en"><title>Shop</title><form method="post">${body}</form></html>`
const passwordPage = page(
  '<label>E-mail <input name="email"></label> <label>Password <input name="password" type="password"></label> <button>Sign in</button>',
)
const codePage = (challenge: string) =>
  page(
    `<input type="hidden" name="challenge" value="${challenge}"><label>Code <input name="code"></label> <button>Continue</button>`,
  )

/** The smallest application with a sign-in of its own, for the sample of docs/testing.md. */
export async function startApp({ url, slug, secret, port = 0 }: Site) {
  const gatehouse = createGatehouse({ url, clientId: slug, secret })
  const hello = ({ access_token, user }: Authenticated): Answer => ({
    html: page(`Hello, ${user.email}`),
    cookie: `token=${access_token}; HttpOnly; SameSite=Lax`,
  })
  const answer = async (sent: URLSearchParams, token: string | undefined): Promise<Answer> => {
    const [email = '', password = '', code = ''] = ['email', 'password', 'code'].map((name) => sent.get(name) ?? '')
    if (email !== '') {
      const asked = await gatehouse.auth.login({ email, password })
      if (asked.status === 'authenticated') return hello(asked)
      if (asked.status === 'mfa_required') return { html: codePage(asked.challenge.id) }
    }
    if (code !== '') {
      return hello(await gatehouse.challenges.verify({ id: sent.get('challenge') as `chl_${string}`, code }))
    }
    const { claims } = token ? await gatehouse.tokens.validate({ token }) : {}
    return { html: claims ? page(`Hello, ${claims.email}`) : passwordPage }
  }
  const http = createServer((request, response) => {
    const [, token] = /(?:^|; )token=([^;]+)/.exec(request.headers.cookie ?? '') ?? []
    text(request)
      .then((body) => answer(new URLSearchParams(body), token))
      .then(
        ({ html, cookie }) => {
          if (cookie) response.setHeader('set-cookie', cookie)
          response.setHeader('content-type', 'text/html').end(html)
        },
        (error: Error) => response.writeHead(500).end(error.message),
      )
  })
  await new Promise<void>((resolve) => http.listen(port, 'localhost', resolve))
  return {
    url: `http://localhost:${(http.address() as AddressInfo).port}`,
    async stop() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
