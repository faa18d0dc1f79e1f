/** What a list answers at a time. */
export interface Page<Row> {
  readonly data: readonly Row[]
  readonly next_cursor: string | null
}

/** All rows of a list; a page is fetched when somebody wants it. */
export async function* everyRow<Row>(
  fetchPage: (cursor: string | undefined) => Promise<Page<Row>>,
): AsyncGenerator<Row> {
  let cursor: string | undefined
  do {
    const page = await fetchPage(cursor)
    yield* page.data
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
}
