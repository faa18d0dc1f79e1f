import type { MessageKind } from '@gatehouse/contract/messages'

/** A message in words. Braces name values: `{code}`. It has no other language of its own. */
export interface Template {
  readonly subject: string
  /**
   * Paragraphs of a mail; the text and the HTML form are made of them. One that is a code alone is shown large, and one
   * that is a link alone becomes a button.
   */
  readonly paragraphs: readonly string[]
  /** The inside of the HTML form, where it is more than the paragraphs. */
  readonly html?: string
  /** The whole of it in one short line, for a telephone. */
  readonly short?: string
}

/** Every message in one language. */
export type Catalogue = Readonly<Record<MessageKind, Template>>
