import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { App } from './support.ts'

interface Page<Row> {
  readonly data: readonly Row[]
  readonly position: string
}

/** An open feed, its pages as they come. */
export async function openFeed<Row>(
  app: App,
  { path, lastEventId }: { readonly path: string; readonly lastEventId?: string },
) {
  const { url, clock } = app.house.server
  const timestamp = String(Math.floor(clock.now().getTime() / 1000))
  const signature = createHmac('sha256', app.secret).update(`${timestamp}.`).digest('hex')
  const answer = await fetch(`${url}${path}`, {
    headers: {
      accept: 'text/event-stream',
      'x-client-id': app.slug,
      'x-timestamp': timestamp,
      'x-signature': `sha256=${signature}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
  })
  assert.equal(answer.status, 200)
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (): Promise<Page<Row> | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const [, id, data] = /^id: (\S+)\ndata: (.*)$/.exec(text.slice(0, end)) ?? assert.fail(text)
        text = text.slice(end + 2)
        const page = JSON.parse(data ?? '')
        assert.equal(page.position, id)
        return page
      }
      const { value, done } = await reader.read()
      if (done) return undefined
      text += value
    }
  }
  return {
    next,
    /** Reads on until one that fits is there. */
    async until(fits: (row: Row) => boolean): Promise<{ page: Page<Row>; seen: readonly Row[] }> {
      const seen: Row[] = []
      for (;;) {
        const page = (await next()) ?? assert.fail('the feed has ended')
        seen.push(...page.data)
        if (page.data.some(fits)) return { page, seen }
      }
    },
    close: () => reader.cancel(),
  }
}
