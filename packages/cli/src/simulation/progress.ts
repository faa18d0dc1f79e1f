/** One line of standard error that says what goes on, and goes away; nothing where nobody looks. */
export function openProgress() {
  const { stderr } = process
  let shownAt = 0
  return {
    say(text: string): void {
      // More often is faster than anybody reads.
      if (!stderr.isTTY || performance.now() - shownAt < 100) return
      shownAt = performance.now()
      stderr.write(`\r\x1b[2K${text}`)
    },
    end(): void {
      if (stderr.isTTY && shownAt > 0) stderr.write('\r\x1b[2K')
      shownAt = 0
    },
  }
}
