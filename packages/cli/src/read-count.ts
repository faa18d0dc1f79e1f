import { InvalidArgumentError } from 'commander'

export function readCount(text: string): number {
  const count = Number(text)
  if (!/^[0-9]+$/.test(text) || count < 1 || count > 10_000) throw new InvalidArgumentError('A number from 1 to 10000.')
  return count
}
