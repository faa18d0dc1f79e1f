/** Markup that is safe to stand in a page. Made by `html` and nothing else. */
export interface Html {
  readonly markup: string
}

type Piece = Html | string | number | undefined | false | readonly Html[]

/** A template whose values are text, and are escaped, unless they are markup themselves. What is undefined or false is nothing. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  const rest = pieces.map((piece, index) => show(piece) + (parts[index + 1] ?? ''))
  return { markup: (parts[0] ?? '') + rest.join('') }
}

/** Markup that somebody else has made, and made safe. */
export function trusted(markup: string): Html {
  return { markup }
}

function show(piece: Piece): string {
  if (piece === undefined || piece === false) return ''
  if (typeof piece === 'string' || typeof piece === 'number') return escapeHtml(String(piece))
  return 'markup' in piece ? piece.markup : piece.map(({ markup }) => markup).join('')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}
