import assert from 'node:assert/strict'

/** What a browser would show. */
export interface Shown {
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly title: string
}

/** A browser without scripts: it keeps cookies, follows redirects, and sends the forms of its page. */
export interface TestBrowser {
  /** By host, as they would be sent. */
  readonly cookies: Map<string, Map<string, string>>
  readonly shown: Shown
  /** Every address that it was sent to, the newest last. */
  readonly visited: readonly string[]
  open(address: string): Promise<Shown>
  /** Sends the form of the page that makes this move. */
  submit(move: string, fields?: Readonly<Record<string, string>>): Promise<Shown>
}

interface Settings {
  readonly language?: string
  /** Hosts that are not asked: a redirect to one of them ends the way. */
  readonly stopsAt?: (url: URL) => boolean
}

export function testBrowser({ language = 'en', stopsAt = () => false }: Settings = {}): TestBrowser {
  const cookies = new Map<string, Map<string, string>>()
  const visited: string[] = []
  let shown: Shown | undefined

  async function go(address: URL, body?: URLSearchParams, from?: URL): Promise<Shown> {
    visited.push(address.href)
    if (stopsAt(address)) {
      shown = { url: address, status: 0, headers: new Headers(), text: '', title: '' }
      return shown
    }
    const jar = cookies.get(address.host) ?? new Map<string, string>()
    cookies.set(address.host, jar)
    const answer = await fetch(address, {
      redirect: 'manual',
      ...(body && { method: 'POST', body }),
      headers: {
        accept: 'text/html',
        'accept-language': language,
        'user-agent': 'test browser',
        ...(jar.size > 0 && { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
        ...(body && { 'sec-fetch-site': from?.host === address.host ? 'same-origin' : 'cross-site' }),
      },
    })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const end = pair.indexOf('=')
      if (attributes.some((each) => /^max-age=0$/i.test(each))) jar.delete(pair.slice(0, end))
      else jar.set(pair.slice(0, end), pair.slice(end + 1))
    }
    const location = answer.headers.get('location')
    if (location !== null) return go(new URL(location, address), undefined, address)
    const text = await answer.text()
    const title = /<title>([^<]*)/.exec(text)?.[1] ?? ''
    shown = { url: address, status: answer.status, headers: answer.headers, text, title }
    return shown
  }

  return {
    cookies,
    visited,
    get shown() {
      return shown ?? assert.fail('nothing is shown')
    },
    open: (address) => go(new URL(address)),
    submit(move, fields = {}) {
      const { text, url } = shown ?? assert.fail('nothing is shown')
      const form = [...text.matchAll(/<form method="post" action="([^"]*)".*?<\/form>/gs)].find(([markup]) =>
        markup.includes(`name="do" value="${move}"`),
      )
      const [markup, action = ''] = form ?? assert.fail(`the page has no form for ${move}: ${text}`)
      const sent = new URLSearchParams()
      for (const [input] of markup.matchAll(/<input[^>]*>/g)) {
        const name = /name="([^"]*)"/.exec(input)?.[1]
        const isOff = /type="(radio|checkbox)"/.test(input) && !input.includes(' checked')
        if (name !== undefined && !isOff) sent.set(name, /value="([^"]*)"/.exec(input)?.[1] ?? '')
      }
      for (const [name, value] of Object.entries(fields)) sent.set(name, value)
      return go(new URL(action, url), sent, url)
    },
  }
}
