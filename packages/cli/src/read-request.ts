/** A request as it went over the wire. */
export interface RawRequest {
  readonly method: string
  /** Path and query, as they stand in the request line. */
  readonly target: string
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/**
 * Reads a request that was captured: its line, its headers, an empty line, its body. Lines may end in LF alone, and what
 * an editor has added behind the body that Content-Length tells of is left out.
 * @throws Error, one sentence, for what is no request
 */
export function readRequest(bytes: Buffer): RawRequest {
  const [end] = /\r?\n\r?\n/.exec(bytes.toString('latin1')) ?? []
  const endsAt = end === undefined ? bytes.length : bytes.indexOf(end, 0, 'latin1')
  const [first = '', ...fields] = bytes.toString('utf8', 0, endsAt).trimEnd().split(/\r?\n/)
  const [, method, target] = /^([A-Z]+) (\S+)(?: HTTP\/\d(?:\.\d)?)?$/.exec(first) ?? []
  if (!method || !target) throw new Error('The first line of a request is its method, its path and HTTP/1.1.')
  const headers = Object.fromEntries(
    fields.map((field) => {
      const [, name, value] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(field) ?? []
      if (name === undefined || value === undefined) throw new Error(`"${field}" is no header.`)
      return [name.toLowerCase(), value]
    }),
  )
  const body = bytes.subarray(endsAt + (end?.length ?? 0))
  const length = Number(headers['content-length'] ?? body.length)
  return { method, target, headers, body: length < body.length ? body.subarray(0, length) : body }
}
