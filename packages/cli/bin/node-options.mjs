/** What Node is told before it starts a command; among it a way to give back what starting has left behind. */
export function nodeOptions(command) {
  // Half of Node's room for what is young: what waits most of the time would fill all of it before it cleans up, and look a
  // fifth larger than it is. A busy server needs all of it, or its collector takes a sixth more of the processor.
  return command === 'serve' ? ['--expose-gc'] : ['--max-semi-space-size=8', '--expose-gc']
}
