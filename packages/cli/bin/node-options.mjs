/**
 * What Node is told before it starts: half of its usual room for what is young, which a server that waits would fill before it
 * cleans up, and so would look some fifth larger than it is; and a way to give back what starting has left behind.
 */
export const nodeOptions = ['--max-semi-space-size=8', '--expose-gc']
