/** Lets so many calls through at once; the others wait in their order. Answers what frees the place again. */
export type HoldBack = (signal: AbortSignal) => Promise<() => void>

/**
 * A bound on connections that works wherever there is `fetch`: by HTTP/1.1 every call that is under way has a connection of
 * its own. Waiting ends with the signal.
 */
export function holdBack(most: number): HoldBack {
  const waiting = new Set<() => void>()
  let free = most
  const leave = () => {
    const [next] = waiting
    if (!next) free += 1
    else {
      waiting.delete(next)
      next()
    }
  }
  return async (signal) => {
    signal.throwIfAborted()
    if (free > 0) free -= 1
    else {
      await new Promise<void>((resolve, reject) => {
        const enter = () => resolve()
        waiting.add(enter)
        signal.addEventListener('abort', () => waiting.delete(enter) && reject(signal.reason), { once: true })
      })
    }
    return leave
  }
}
