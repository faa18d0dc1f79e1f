import type { Agent, request } from 'undici'

/** The HTTP client: some 5 MB that a server which sends nothing does without. It is loaded when something is sent. */
export interface LazyClient {
  open(): Promise<{ readonly request: typeof request; readonly agent: Agent }>
  close(): Promise<void>
}

export function lazyClient(options: Agent.Options): LazyClient {
  let opening: ReturnType<LazyClient['open']> | undefined
  return {
    open() {
      opening ??= import('undici').then(({ Agent, request }) => ({ request, agent: new Agent(options) }))
      return opening
    },
    close: async () => (await opening)?.agent.destroy(),
  }
}
