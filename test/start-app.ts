import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createGatehouse } from '@gatehouse/sdk'

interface Site {
  readonly url: string
  readonly slug: string
  readonly secret: string
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
export async function startApp({ url, slug, secret }: Site) {
  const gatehouse = createGatehouse({ url, clientId: slug, secret })
  const answer = async (sent: URLSearchParams): Promise<string> => {
    const [email = '', password = '', code = ''] = ['email', 'password', 'code'].map((name) => sent.get(name) ?? '')
    if (email !== '') {
      const asked = await gatehouse.auth.login({ email, password })
      return asked.status === 'mfa_required' ? codePage(asked.challenge.id) : page(`Hello, ${asked.user.email}`)
    }
    if (code === '') return passwordPage
    const { user } = await gatehouse.challenges.verify({ id: sent.get('challenge') as `chl_${string}`, code })
    return page(`Hello, ${user.email}`)
  }
  const http = createServer((request, response) => {
    text(request)
      .then((body) => answer(new URLSearchParams(body)))
      .then(
        (html) => response.setHeader('content-type', 'text/html').end(html),
        (error: Error) => response.writeHead(500).end(error.message),
      )
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async stop() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
