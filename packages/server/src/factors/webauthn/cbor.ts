/** What CBOR of authenticators holds. Map keys are numbers or text. */
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap
export type CborMap = ReadonlyMap<number | string, CborValue>

/** CTAP2 itself allows four levels; an attestation inside an attestation has a few more. */
const deepest = 8
const mostItems = 64

/**
 * The first value of `bytes` and where it ends. Reads the canonical form of CTAP 2.1, section 8, and nothing else: no
 * indefinite lengths, tags or floating point, every number in its shortest form, no key twice; the order of keys is
 * not looked at. Undefined for everything else: two parsers that read the same bytes differently are a way in.
 */
export function readCbor(
  bytes: Uint8Array,
  start = 0,
): { readonly value: CborValue; readonly end: number } | undefined {
  const source: Source = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes, at: start }
  const value = readValue(source, deepest)
  return value === undefined ? undefined : { value, end: source.at }
}

/** The map that fills `bytes` to the last one. */
export function readCborMap(bytes: Uint8Array): CborMap | undefined {
  const read = readCbor(bytes)
  return read?.end === bytes.length && read.value instanceof Map ? read.value : undefined
}

interface Source {
  readonly view: DataView
  readonly bytes: Uint8Array
  at: number
}

function readValue(source: Source, depth: number): CborValue | undefined {
  const head = readHead(source)
  if (head === undefined || depth === 0) return undefined
  const { major, argument } = head
  if (major === 0) return argument
  if (major === 1) return -1 - argument
  if (major === 2) return takeBytes(source, argument)
  if (major === 3) return readText(source, argument)
  if (major === 4) return readArray(source, argument, depth)
  if (major === 5) return readMap(source, argument, depth)
  return major === 7 ? simpleValues.get(argument) : undefined
}

/** A 20 to 23 in the first byte itself: false, true, null. `undefined` has no place in what we read. */
const simpleValues: ReadonlyMap<number, CborValue> = new Map([
  [20, false],
  [21, true],
  [22, null],
])

/** Major type and argument (RFC 8949, section 3). A 64-bit argument is more than anything that we take. */
function readHead(source: Source): { readonly major: number; readonly argument: number } | undefined {
  const { view } = source
  if (source.at >= view.byteLength) return undefined
  const first = view.getUint8(source.at)
  source.at += 1
  const [major, short] = [first >> 5, first & 31]
  if (short < 24) return { major, argument: short }
  const width = longArguments.get(short)
  // Of major type 7, what follows would be a floating-point number or an unassigned simple value.
  if (width === undefined || major === 7 || source.at + width.bytes > view.byteLength) return undefined
  const argument = width.read(view, source.at)
  source.at += width.bytes
  return argument < width.least ? undefined : { major, argument }
}

interface Width {
  readonly bytes: number
  /** A smaller argument would have had a shorter form. */
  readonly least: number
  readonly read: (view: DataView, at: number) => number
}

const longArguments: ReadonlyMap<number, Width> = new Map([
  [24, { bytes: 1, least: 24, read: (view, at) => view.getUint8(at) }],
  [25, { bytes: 2, least: 0x100, read: (view, at) => view.getUint16(at) }],
  [26, { bytes: 4, least: 0x1_0000, read: (view, at) => view.getUint32(at) }],
])

function takeBytes(source: Source, length: number): Uint8Array | undefined {
  const end = source.at + length
  if (end > source.bytes.length) return undefined
  const taken = source.bytes.subarray(source.at, end)
  source.at = end
  return taken
}

function readText(source: Source, length: number): string | undefined {
  const bytes = takeBytes(source, length)
  if (!bytes) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function readArray(source: Source, length: number, depth: number): readonly CborValue[] | undefined {
  if (length > mostItems) return undefined
  const items: CborValue[] = []
  for (let index = 0; index < length; index++) {
    const item = readValue(source, depth - 1)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

function readMap(source: Source, length: number, depth: number): CborMap | undefined {
  if (length > mostItems) return undefined
  const map = new Map<number | string, CborValue>()
  for (let index = 0; index < length; index++) {
    const key = readValue(source, depth - 1)
    if ((typeof key !== 'number' && typeof key !== 'string') || map.has(key)) return undefined
    const value = readValue(source, depth - 1)
    if (value === undefined) return undefined
    map.set(key, value)
  }
  return map
}
