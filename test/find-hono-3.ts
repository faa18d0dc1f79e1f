import { existsSync } from 'node:fs'
import type { Hono } from 'hono'

const place = new URL('hono-3/node_modules/hono/dist/index.js', import.meta.url)

/** The major before: it has the name of the one that everything else uses, and so a folder of its own. */
export async function findHono3(): Promise<{ readonly Hono?: typeof Hono; readonly missing?: string }> {
  if (existsSync(place)) return import(place.href)
  const missing = 'Hono 3 is missing; npm ci --prefix test/hono-3'
  if (process.env['CI']) throw new Error(missing)
  return { missing }
}
