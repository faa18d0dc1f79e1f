/** What the virtual passkey writes as CBOR. */
export type Cbor = number | string | boolean | Uint8Array | readonly Cbor[] | CborMap
export type CborMap = ReadonlyMap<number | string, Cbor>

/** The shortest form (RFC 8949, section 4.2.1), map keys in the order in which they are given. */
export function encodeCbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'boolean') return head(7, value ? 21 : 20)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Map) {
    const pairs = [...(value as CborMap)].flatMap(([key, each]) => [encodeCbor(key), encodeCbor(each)])
    return Buffer.concat([head(5, value.size), ...pairs])
  }
  const items = value as readonly Cbor[]
  return Buffer.concat([head(4, items.length), ...items.map(encodeCbor)])
}

function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.of((major << 5) | argument)
  if (argument < 0x100) return Buffer.of((major << 5) | 24, argument)
  const long = argument >= 0x1_0000
  const bytes = Buffer.alloc(long ? 5 : 3)
  bytes.writeUInt8((major << 5) | (long ? 26 : 25))
  if (long) bytes.writeUInt32BE(argument, 1)
  else bytes.writeUInt16BE(argument, 1)
  return bytes
}
