/** What can be asked in one statement with everything of its kind, but with nothing that has the same key. */
export interface Ask {
  readonly kind: string
  readonly key: string
}

interface Waiting<Asked extends Ask, Answer> {
  readonly ask: Asked
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** So many calls at a time, so that the next is on its way while one waits for the disk. */
const callsAtOnce = 2
const mostAsks = 500

/**
 * Gathers what is asked at the same time, so that one call answers many. Nobody waits for company: what comes while two
 * calls are under way goes together in the next. Who has the same key as another waits for the call after.
 * @param answerAll answers in the order of the asks, at least one; when it fails, so does each of them
 */
export function gather<Asked extends Ask, Answer>(
  answerAll: (asks: readonly Asked[]) => Promise<readonly Answer[]>,
): (ask: Asked) => Promise<Answer> {
  let waiting: Waiting<Asked, Answer>[] = []
  let underWay = 0

  /** The first of each key, of the kind that has waited longest. */
  function takeBatch(): Waiting<Asked, Answer>[] {
    const kind = waiting[0]?.ask.kind
    const batch = new Map<string, Waiting<Asked, Answer>>()
    const rest: Waiting<Asked, Answer>[] = []
    for (const each of waiting) {
      const { ask } = each
      if (ask.kind === kind && !batch.has(ask.key) && batch.size < mostAsks) batch.set(ask.key, each)
      else rest.push(each)
    }
    waiting = rest
    return [...batch.values()]
  }

  async function call(batch: readonly Waiting<Asked, Answer>[]): Promise<void> {
    try {
      const answers = await answerAll(batch.map(({ ask }) => ask))
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
    underWay--
    send()
  }

  function send(): void {
    while (underWay < callsAtOnce && waiting.length > 0) {
      underWay++
      void call(takeBatch())
    }
  }

  return (ask) =>
    new Promise((resolve, reject) => {
      // After this turn of the loop, in which others may come.
      if (waiting.length === 0) setImmediate(send)
      waiting.push({ ask, resolve, reject })
    })
}
