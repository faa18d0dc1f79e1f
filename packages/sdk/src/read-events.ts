/**
 * The data of server-sent events (WHATWG HTML, section 9.2) as our server writes them: each on one line.
 * @throws the reason of the stream's end, when it is not an orderly one
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      rest += decoder.decode(value, { stream: true })
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > longestLine) throw new Error('The feed has a line that is too long.')
      for (const line of lines) if (line.startsWith('data: ')) yield line.slice(6)
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

const longestLine = 1_000_000
