/** Names that share a word with what was typed, those that share most first: for "there is no …; there are …". */
export function nearNames(typed: string, known: readonly string[]): readonly string[] {
  const wordsOf = (name: string) =>
    name
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter(Boolean)
  const typedWords = wordsOf(typed)
  const isLike = (one: string, other: string) =>
    one === other || (other.length > 3 && one.startsWith(other.slice(0, -1)))
  const shared = (name: string) => wordsOf(name).filter((word) => typedWords.some((each) => isLike(word, each))).length
  return known
    .filter((name) => shared(name) > 0)
    .toSorted((one, other) => shared(other) - shared(one))
    .slice(0, 4)
}
