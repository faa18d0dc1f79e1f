import type { Asked } from './asked.ts'

/** As the server takes it: an address without the name of a network card, an agent in plain letters. */
export function endUserOf({ ip, header }: Pick<Asked, 'ip' | 'header'>) {
  const agent = header('user-agent')
    ?.slice(0, 512)
    .replace(/[^\x20-\x7e]/g, '?')
    .trim()
  return { ip: ip?.replace(/%.*$/, '') || undefined, user_agent: agent || undefined }
}
