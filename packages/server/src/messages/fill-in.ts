/** Where a text stands decides what must be taken out of a value. */
export type Place = 'line' | 'html'

/**
 * Puts values into the places of a text: `{code}`. Braces hold a name and nothing else, and what a value says is never
 * looked at again, so nothing can be run and nothing can be asked for that was not given.
 * @throws Error for a place without a value
 */
export function fillIn(text: string, values: Readonly<Record<string, string>>, place: Place): string {
  return text.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) throw new Error(`The text of a message speaks of {${name}}, and nothing is known of that.`)
    return place === 'html' ? escapeHtml(asLine(value)) : asLine(value)
  })
}

/** The names of a text's places. */
export function placesOf(text: string): readonly string[] {
  return [...text.matchAll(/\{([a-z_]+)\}/g)].map(([, name = '']) => name)
}

/** A value is one line: it can begin no paragraph and no header. */
function asLine(value: string): string {
  return value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
