/**
 * Remembers what a pure function has answered, for so many keys; then it begins anew. What answers `undefined` is asked
 * again: who sends nonsense does not push out what is worth remembering.
 */
export function remember<Key, Value>(find: (key: Key) => Value, size: number): (key: Key) => Value {
  const known = new Map<Key, Value>()
  return (key) => {
    const before = known.get(key)
    if (before !== undefined) return before
    const value = find(key)
    if (value === undefined) return value
    if (known.size >= size) known.clear()
    known.set(key, value)
    return value
  }
}
