/** What an entry of an address database is made of. */
interface Entry {
  readonly [name: string]: string | number | Entry
}

/** The smallest database in MMDB form: every IPv4 address below 128.0.0.0 has this entry, all others have none. */
export function makeMmdb(entry: Entry): Buffer {
  // One node of two records of 24 bits: the data right behind the tree, and "not found".
  const tree = Buffer.from([0, 0, 1 + 16, 0, 0, 1])
  const metadata = {
    node_count: 1,
    record_size: 24,
    ip_version: 4,
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1,
    database_type: 'test',
  }
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')])
  return Buffer.concat([tree, Buffer.alloc(16), encode(entry), marker, encode(metadata)])
}

function encode(value: string | number | Entry): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return Buffer.concat([Buffer.from([0x40 | bytes.length]), bytes])
  }
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0 && value < 65_536) return Buffer.from([0xa2, value >> 8, value & 255])
    const double = Buffer.alloc(9, 0x68)
    double.writeDoubleBE(value, 1)
    return double
  }
  const parts = Object.entries(value).flatMap(([name, each]) => [encode(name), encode(each)])
  return Buffer.concat([Buffer.from([0xe0 | Object.keys(value).length]), ...parts])
}
