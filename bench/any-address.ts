/** Somewhere on the internet: the limits of the server are for one source, and a busy server has many. */
export function anyAddress(): string {
  const number = Math.floor(Math.random() * 2 ** 18)
  return `10.${number >> 16}.${(number >> 8) % 256}.${number % 256}`
}
