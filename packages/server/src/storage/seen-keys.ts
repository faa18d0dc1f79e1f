/** A memory of keys, each with an end: 24 bytes and a spare place an entry, so that a million of them are nothing. */
export interface SeenKeys {
  /** True, and remembered until `expiresAt`, unless the key is remembered at `nowMs`. */
  add(key: Buffer, expiresAt: number, nowMs: number): boolean
}

/**
 * Open addressing in typed arrays. What has expired is dropped when a part of the table is full and made anew, and the
 * table is in 256 parts, so that neither growing nor forgetting ever takes long.
 */
export function createSeenKeys(): SeenKeys {
  const parts: (Part | undefined)[] = Array.from({ length: 256 })
  return {
    add(key, expiresAt, nowMs) {
      const index = key.readUInt8(0)
      let part = parts[index] ?? createPart(8)
      if (part.used >= part.ends.length * fullness) part = remake(part, nowMs)
      parts[index] = part
      return addTo(part, key, expiresAt, nowMs)
    },
  }
}

const fullness = 0.75
const words = 4

interface Part {
  /** Four words for each place. */
  readonly keys: Uint32Array
  /** When the key in this place expires; 0 where there is none. */
  readonly ends: Float64Array
  used: number
}

function createPart(size: number): Part {
  return { keys: new Uint32Array(size * words), ends: new Float64Array(size), used: 0 }
}

function addTo(part: Part, key: Buffer, expiresAt: number, nowMs: number): boolean {
  const { keys, ends } = part
  const a = key.readUInt32LE(0)
  const b = key.readUInt32LE(4)
  const c = key.readUInt32LE(8)
  const d = key.readUInt32LE(12)
  const mask = ends.length - 1
  let place = b & mask
  for (; ends[place] !== 0; place = (place + 1) & mask) {
    const at = place * words
    if (keys[at] !== a || keys[at + 1] !== b || keys[at + 2] !== c || keys[at + 3] !== d) continue
    if ((ends[place] ?? 0) > nowMs) return false
    ends[place] = expiresAt
    return true
  }
  const at = place * words
  keys[at] = a
  keys[at + 1] = b
  keys[at + 2] = c
  keys[at + 3] = d
  ends[place] = expiresAt
  part.used++
  return true
}

function remake(old: Part, nowMs: number): Part {
  const living = old.ends.reduce((sum, end) => (end > nowMs ? sum + 1 : sum), 0)
  let size = 8
  while (living > (size * fullness) / 2) size *= 2
  const part = createPart(size)
  const key = Buffer.alloc(words * 4)
  for (let place = 0; place < old.ends.length; place++) {
    const end = old.ends[place] ?? 0
    if (end <= nowMs) continue
    for (let word = 0; word < words; word++) key.writeUInt32LE(old.keys[place * words + word] ?? 0, word * 4)
    addTo(part, key, end, nowMs)
  }
  return part
}
