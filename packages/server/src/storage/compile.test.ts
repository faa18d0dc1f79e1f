import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Dialect, PostgresDialect, sql } from 'kysely'
import { createCompiler } from './compile.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { query, write } from './write.ts'

const never = () => assert.fail('a compiler does not connect')
const dialects: readonly (readonly [string, Dialect])[] = [
  ['sqlite', sqliteDialect()],
  ['postgres', new PostgresDialect({ pool: never })],
]

for (const [engine, dialect] of dialects) {
  const { compile, compileOnce } = createCompiler(dialect)

  test(`a statement is built once and bound many times (${engine})`, () => {
    let built = 0
    const statement = query((db, p: { id: string; since: number; limit: number }) => {
      built++
      return db
        .selectFrom('event')
        .select('type')
        .where('user_id', '=', p.id)
        .where((eb) => eb.or([eb('at', '>', p.since), eb('at', '=', p.since)]))
        .where('actor', '!=', 'system')
        .orderBy('seq')
        .limit(p.limit)
    })
    assert.deepEqual(compile(statement).bind({ id: 'a', since: 5, limit: 10 }), ['a', 5, 5, 'system', 10])
    assert.deepEqual(compile(statement).bind({ id: 'b', since: 6, limit: 11 }), ['b', 6, 6, 'system', 11])
    assert.equal(built, 1)
    assert.match(compile(statement).text, /"user_id" = (\?|\$1) and/)
  })

  test(`placeholders work in values, set, on conflict and templates; null and bytes pass as they are (${engine})`, () => {
    const insert = write<{ id: string; wrapped: Uint8Array; at: number | null }>('insertedOnce', 'key', (db, p) =>
      db
        .insertInto('key')
        .values({
          id: sql`${p.id}`,
          purpose: 'data',
          wrapped: p.wrapped,
          wrapped_by: 'file',
          created_at: 1,
          replaced_at: p.at,
          reseal_at: null,
        })
        .onConflict((on) => on.column('id').doUpdateSet({ replaced_at: p.at, wrapped: p.wrapped })),
    )
    const wrapped = new Uint8Array([1, 2])
    const made = insert({ id: 'k', wrapped, at: null })
    const { text, bind } = compile(made.statement)
    assert.deepEqual(bind(made.values), ['k', 'data', wrapped, 'file', 1, null, null, null, wrapped])
    assert.match(text, /on conflict \("id"\) do update set "replaced_at" = /)

    const update = write<{ id: string; name: string | null }>('exactlyOne', 'client', (db, p) =>
      db
        .updateTable('client')
        .set((eb) => ({ name: sql`coalesce(${p.name}, name)`, version: eb('version', '+', 1), disabled_at: null }))
        .where('slug', '=', p.id),
    )
    const change = update({ id: 'portal', name: null })
    assert.deepEqual(compile(change.statement).bind(change.values), [null, 1, null, 'portal'])
  })

  test(`a value that is missing is a mistake in the program, not a null (${engine})`, () => {
    const one = query((db, p: { id: string }) => db.selectFrom('user').selectAll().where('email', '=', p.id))
    assert.throws(() => compile(one).bind({}), /The value "id" is missing or of no type/)
    assert.throws(() => compile(one).bind({ id: undefined }), /The value "id" is missing or of no type/)
  })

  test(`spreading the values in a builder is refused instead of inserting nothing (${engine})`, () => {
    const spread = write<{ id: string }>('exactlyOne', 'x', (db, p) => db.updateTable('client').set({ ...p } as never))
    assert.throws(() => compile(spread({ id: 'a' }).statement), /name each value/)
  })

  test(`a search is built with its real values, lists included (${engine})`, () => {
    const { parameters } = compileOnce((db) =>
      db.selectFrom('event').selectAll().where('type', 'in', ['a', 'b']).where('at', '<', 9).limit(3),
    )
    assert.deepEqual(parameters, engine === 'sqlite' ? ['a', 'b', 9] : ['a', 'b', 9, 3])
  })
}

test('a limit is never a parameter alone, for which SQLite would plan the statement anew in each run', () => {
  const { compile, compileOnce } = createCompiler(sqliteDialect())
  const some = query((db, p: { many: number }) => db.selectFrom('seal').select('size').limit(p.many))
  assert.match(compile(some).text, /limit \? \+ 0$/)
  assert.deepEqual(compile(some).bind({ many: 7 }), [7])
  const first = query((db) => db.selectFrom('seal').select('size').limit(1))
  assert.match(compile(first).text, /limit 1$/)
  assert.match(compileOnce((db) => db.selectFrom('seal').select('size').limit(50)).text, /limit 50$/)
})
