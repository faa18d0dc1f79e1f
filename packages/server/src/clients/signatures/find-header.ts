import type { SignedRequest } from './scheme.ts'

/** The value of a header; undefined also if it is empty, or a list. */
export function findHeader({ headers }: Pick<SignedRequest, 'headers'>, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
