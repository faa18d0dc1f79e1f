import { SaxesParser } from 'saxes'

/** What a mail is laid out with. Nothing that runs, loads by itself, or asks for anything. */
const elements: ReadonlySet<string> = new Set(
  'a b blockquote br center code div em h1 h2 h3 hr i img li ol p pre small span strong table tbody td tfoot th thead tr u ul'.split(
    ' ',
  ),
)
const attributes: ReadonlySet<string> = new Set(
  'align alt bgcolor border cellpadding cellspacing colspan dir height href lang role rowspan src style title valign width'.split(
    ' ',
  ),
)

/**
 * What is wrong with the HTML of a mail, in words. It must be whole (XML), so that no mail program reads it in another way
 * than we do, and its addresses are its own: what a value says is never one, but for the link of the message.
 */
export function findHtmlMistake(html: string): string | undefined {
  const parser = new SaxesParser({ fragment: true })
  let mistake: string | undefined
  const note = (message: string) => {
    mistake ??= message
  }
  parser.on('error', ({ message }) => note(`it is not whole: ${message.replace(/^\d+:\d+: /, '')}`))
  parser.on('doctype', () => note('it is the inside of a mail, without a document type'))
  parser.on('comment', () => note('it has a comment, which everybody can read'))
  parser.on('cdata', () => note('it has a CDATA section'))
  parser.on('processinginstruction', () => note('it has a processing instruction'))
  parser.on('opentag', ({ name, attributes: given }) => {
    if (!elements.has(name)) note(`<${name}> is not for mails`)
    for (const [attribute, value] of Object.entries(given)) {
      const message = findAttributeMistake(attribute, String(value))
      if (message) note(`<${name}>: ${message}`)
    }
  })
  try {
    parser.write(html).close()
  } catch (error) {
    note(error instanceof Error ? error.message : 'it is not whole')
  }
  return mistake
}

function findAttributeMistake(name: string, value: string): string | undefined {
  if (!attributes.has(name)) return `${name} is not for mails`
  if (name === 'href' && value === '{link}') return undefined
  if (/[{}]/.test(value)) return `${name} holds a place; only href="{link}" may`
  if (name === 'href' && !/^(https:\/\/|mailto:)/i.test(value)) return 'href must be https: or mailto:, or {link}'
  if (name === 'src' && !/^https:\/\//i.test(value)) return 'src must be https:'
  if (name === 'style' && /url\s*\(|expression|@import|\\|position\s*:/i.test(value))
    return 'style loads or covers something'
  return undefined
}
