/**
 * What Node is told before it starts: how much room there is for what is young, whatever its version thinks (with half of it a
 * validation took an eighth more of the processor, and a busy server a tenth less memory); and a way to give back what starting has left behind.
 */
export const nodeOptions = ['--max-semi-space-size=16', '--expose-gc']
