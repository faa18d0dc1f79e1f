import { SaxesParser } from 'saxes'

/** An element by its local name. What namespace prefix a maker of tokens has chosen does not matter. */
export interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Element[]
  /** The text directly in it, without white space around. */
  readonly text: string
}

type Growing = Element & { readonly children: Element[]; text: string }

const deepest = 32

/**
 * Reads a small document. There is no document type, so there are no entities but the five of XML, and nothing outside is read.
 * @throws Error, saying what is wrong with the document
 */
export function readXml(text: string): Element {
  const parser = new SaxesParser({ xmlns: true, position: true })
  const open: Growing[] = [{ name: '', attributes: {}, children: [], text: '' }]
  parser.on('error', (error) => {
    throw error
  })
  parser.on('doctype', () => {
    throw new Error('a document type is not allowed')
  })
  parser.on('opentag', ({ local, attributes }) => {
    if (open.length > deepest) throw new Error('elements are nested too deeply')
    const named = Object.values(attributes).map(({ local: name, value }) => [name, value])
    const element: Growing = { name: local, attributes: Object.fromEntries(named), children: [], text: '' }
    open.at(-1)?.children.push(element)
    open.push(element)
  })
  const addText = (more: string) => {
    const element = open.at(-1)
    if (element) element.text += more
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    const element = open.pop()
    if (element) element.text = element.text.trim()
  })
  parser.write(text).close()
  const [root] = open[0]?.children ?? []
  if (!root) throw new Error('there is no element')
  return root
}

/** The first element at the end of this path of names. */
export function findElement(from: Element | undefined, ...path: readonly string[]): Element | undefined {
  return path.reduce<Element | undefined>((at, name) => at?.children.find((child) => child.name === name), from)
}
