/** A value in a structured field (RFC 8941, section 3.3). A token and a string are not the same, whatever they spell. */
export type BareItem =
  | { readonly type: 'integer' | 'decimal'; readonly value: number }
  | { readonly type: 'string' | 'token'; readonly value: string }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'boolean'; readonly value: boolean }

export interface Parameter {
  readonly key: string
  readonly value: BareItem
}

export interface Item {
  readonly value: BareItem
  readonly parameters: readonly Parameter[]
}

export interface InnerList {
  readonly items: readonly Item[]
  readonly parameters: readonly Parameter[]
}

export interface Member {
  readonly key: string
  readonly value: Item | InnerList
  /** The value as it stands there. */
  readonly text: string
}

// The grammar of RFC 8941, section 3. Each rule tells from its first characters whether it fits, so that nothing is read twice.
const key = '[a-z*][a-z0-9_.*-]*'
const number = String.raw`-?(?:\d{1,12}\.\d{1,3}|\d{1,15})`
const string = String.raw`"(?:[ !#-\[\]-~]|\\["\\])*"`
const token = "[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*"
/** Only with its padding, and with zeros in the bits that say nothing: one spelling for each value. */
const bytes = ':(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?:'
const boolean = String.raw`\?[01]`
const bare = `(?:${[number, string, token, bytes, boolean].join('|')})`
const parameters = `(?:; *${key}(?:=${bare})?)*`
const item = `${bare}${parameters}`
const innerList = String.raw`\( *(?:${item}(?: +${item})* *)?\)${parameters}`
const member = `${key}(?:=(?:${innerList}|${item})|${parameters})`

const dictionaryForm = new RegExp(String.raw`^ *(?:$|${member}(?:[ \t]*,[ \t]*${member})* *$)`)
const memberForm = new RegExp(`(${key})(?:=(${innerList}|${item})|(${parameters}))`, 'g')
const innerListForm = new RegExp(String.raw`^\(((?:${item}| )*)\)(${parameters})$`)
const itemForm = new RegExp(`(${bare})(${parameters})`, 'g')
const parameterForm = new RegExp(`; *(${key})(?:=(${bare}))?`, 'g')

const yes: BareItem = { type: 'boolean', value: true }

/**
 * Reads a dictionary (RFC 8941, section 3.2), strictly: undefined if any of it is malformed. Members and parameters come in
 * the order in which they stand there, and what stands there twice comes twice: see `hasTwins`.
 */
export function parseDictionary(text: string): readonly Member[] | undefined {
  if (!dictionaryForm.test(text)) return undefined
  return [...text.matchAll(memberForm)].map(([, key = '', value, flags = '']) =>
    value === undefined
      ? { key, value: { value: yes, parameters: parseParameters(flags) }, text: flags }
      : { key, value: parseValue(value), text: value },
  )
}

/** A key twice: RFC 8941 takes the last, others the first. Where it matters, neither. */
export function hasTwins(entries: readonly { readonly key: string }[]): boolean {
  return new Set(entries.map(({ key }) => key)).size < entries.length
}

export function isInnerList(value: Item | InnerList): value is InnerList {
  return 'items' in value
}

function parseValue(text: string): Item | InnerList {
  const list = innerListForm.exec(text)
  if (list) return { items: parseItems(list[1] ?? ''), parameters: parseParameters(list[2] ?? '') }
  const [only] = parseItems(text)
  if (!only) throw new Error('the grammar lets something through that is no item')
  return only
}

function parseItems(text: string): readonly Item[] {
  return [...text.matchAll(itemForm)].map(([, value = '', flags = '']) => ({
    value: parseBareItem(value),
    parameters: parseParameters(flags),
  }))
}

function parseParameters(text: string): readonly Parameter[] {
  return [...text.matchAll(parameterForm)].map(([, key = '', value]) => ({
    key,
    value: value === undefined ? yes : parseBareItem(value),
  }))
}

function parseBareItem(text: string): BareItem {
  switch (text.charAt(0)) {
    case '"':
      return { type: 'string', value: text.slice(1, -1).replace(/\\(.)/g, '$1') }
    case ':':
      return { type: 'bytes', value: Buffer.from(text.slice(1, -1), 'base64') }
    case '?':
      return { type: 'boolean', value: text === '?1' }
    default:
      if (!/^[-\d]/.test(text)) return { type: 'token', value: text }
      return { type: text.includes('.') ? 'decimal' : 'integer', value: Number(text) }
  }
}
