import type { ColumnDefinitionBuilder, Kysely } from 'kysely'
import { sql } from 'kysely'
import { columnTypes } from '../column-types.ts'

const required = (column: ColumnDefinitionBuilder) => column.notNull()
const key = (column: ColumnDefinitionBuilder) => column.notNull().primaryKey()
const zero = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(0)
const one = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(1)
const refersTo = (target: string) => (column: ColumnDefinitionBuilder) => column.notNull().references(target)

// biome-ignore lint/suspicious/noExplicitAny: a migration knows no schema but its own
export async function up(db: Kysely<any>): Promise<void> {
  const { engine, bytes, bigint, countingKey, strict, now } = columnTypes(db)

  await db.schema
    .createTable('tenant')
    .addColumn('id', 'text', key)
    .addColumn('slug', 'text', (column) => column.notNull().unique())
    .addColumn('mode', 'text', required)
    .addColumn('policy', 'text', required)
    .addColumn('created_at', bigint, required)
    .modifyEnd(strict)
    .execute()
  await db
    .insertInto('tenant')
    .values([
      { id: 'ten_00000000000000000000000001', slug: 'default', mode: 'live', policy: '{}', created_at: now },
      { id: 'ten_00000000000000000000000002', slug: 'default-test', mode: 'test', policy: '{}', created_at: now },
    ])
    .execute()

  await db.schema
    .createTable('client')
    .addColumn('id', 'text', key)
    .addColumn('tenant_id', 'text', refersTo('tenant.id'))
    .addColumn('slug', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', required)
    .addColumn('allow_list', 'text', required)
    .addColumn('scopes', 'text', required)
    .addColumn('schemes', 'text', required)
    .addColumn('numeric_sub', 'integer', zero)
    .addColumn('limits', 'text', required)
    .addColumn('created_at', bigint, required)
    .addColumn('disabled_at', bigint)
    .addColumn('version', 'integer', one)
    .modifyEnd(strict)
    .execute()

  await db.schema
    .createTable('client_secret')
    .addColumn('id', 'text', key)
    .addColumn('tenant_id', 'text', required)
    .addColumn('client_id', 'text', refersTo('client.id'))
    .addColumn('sealed', bytes, required)
    .addColumn('last_four', 'text', required)
    .addColumn('created_at', bigint, required)
    .addColumn('expires_at', bigint)
    .addColumn('last_used_at', bigint)
    .modifyEnd(strict)
    .execute()

  await db.schema
    .createTable('user')
    .addColumn('number', bigint, countingKey)
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('tenant_id', 'text', refersTo('tenant.id'))
    .addColumn('email', 'text', required)
    .addColumn('email_key', 'text', required)
    .addColumn('name', 'text')
    .addColumn('phone_number', 'text')
    .addColumn('role', 'text', required)
    .addColumn('created_at', bigint, required)
    .addColumn('updated_at', bigint, required)
    .addColumn('disabled_at', bigint)
    .addColumn('version', 'integer', one)
    .addColumn('factors_version', 'integer', one)
    .addUniqueConstraint('user_email', ['tenant_id', 'email_key'])
    .modifyEnd(strict)
    .execute()

  await db.schema
    .createTable('password')
    .addColumn('user_id', 'text', (column) => key(column).references('user.id'))
    .addColumn('tenant_id', 'text', required)
    .addColumn('hash', 'text', required)
    .addColumn('pepper_id', 'text', required)
    .addColumn('changed_at', bigint, required)
    .addColumn('version', 'integer', one)
    .modifyEnd(strict)
    .execute()

  await db.schema
    .createTable('factor')
    .addColumn('id', 'text', key)
    .addColumn('tenant_id', 'text', required)
    .addColumn('user_id', 'text', refersTo('user.id'))
    .addColumn('type', 'text', required)
    .addColumn('label', 'text')
    .addColumn('handle', 'text')
    .addColumn('data', bytes, required)
    .addColumn('version', 'integer', one)
    .addColumn('created_at', bigint, required)
    .addColumn('confirmed_at', bigint)
    .addColumn('expires_at', bigint)
    .addColumn('last_used_at', bigint)
    .addColumn('suspended_at', bigint)
    .modifyEnd(strict)
    .execute()
  await db.schema.createIndex('factor_user').on('factor').column('user_id').execute()
  await db.schema
    .createIndex('factor_handle')
    .unique()
    .on('factor')
    .columns(['tenant_id', 'handle'])
    .where('handle', 'is not', null)
    .execute()

  await db.schema
    .createIndex('factor_expiry')
    .on('factor')
    .column('expires_at')
    .where('expires_at', 'is not', null)
    .execute()

  await db.schema
    .createTable('challenge')
    .addColumn('id', 'text', key)
    .addColumn('tenant_id', 'text', required)
    .addColumn('client_id', 'text', refersTo('client.id'))
    .addColumn('user_id', 'text', refersTo('user.id'))
    .addColumn('purpose', 'text', required)
    .addColumn('user_version', 'integer', required)
    .addColumn('amr', 'text', required)
    .addColumn('created_at', bigint, required)
    .addColumn('expires_at', bigint, required)
    .addColumn('spent_at', bigint)
    .modifyEnd(strict)
    .execute()
  await db.schema.createIndex('challenge_expiry').on('challenge').column('expires_at').execute()

  await db.schema
    .createTable('question')
    .addColumn('subject', 'text', required)
    .addColumn('purpose', 'text', required)
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('tenant_id', 'text', required)
    .addColumn('challenge_id', 'text')
    .addColumn('kept', bytes, required)
    .addColumn('tries', 'integer', required)
    .addColumn('created_at', bigint, required)
    .addColumn('expires_at', bigint, required)
    .addPrimaryKeyConstraint('question_slot', ['subject', 'purpose'])
    .modifyEnd(strict)
    .execute()
  await db.schema.createIndex('question_expiry').on('question').column('expires_at').execute()

  await db.schema
    .createTable('device')
    .addColumn('id', 'text', key)
    .addColumn('tenant_id', 'text', required)
    .addColumn('user_id', 'text', refersTo('user.id'))
    .addColumn('token_hash', bytes, required)
    .addColumn('created_at', bigint, required)
    .addColumn('expires_at', bigint, required)
    .modifyEnd(strict)
    .execute()
  await db.schema.createIndex('device_token').unique().on('device').column('token_hash').execute()
  await db.schema.createIndex('device_expiry').on('device').column('expires_at').execute()
  await db.schema.createIndex('device_user').on('device').column('user_id').execute()

  await db.schema
    .createTable('session')
    .addColumn('id', 'text', key)
    .addColumn('tenant_id', 'text', required)
    .addColumn('client_id', 'text', refersTo('client.id'))
    .addColumn('user_id', 'text', refersTo('user.id'))
    .addColumn('amr', 'text', required)
    .addColumn('acr', 'text', required)
    .addColumn('auth_time', bigint, required)
    .addColumn('mfa_at', bigint)
    .addColumn('ip_address', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('created_at', bigint, required)
    .addColumn('expires_at', bigint, required)
    .addColumn('ended_at', bigint)
    .addColumn('end_reason', 'text')
    .modifyEnd(strict)
    .execute()
  await db.schema.createIndex('session_user').on('session').column('user_id').execute()
  await db.schema.createIndex('session_expiry').on('session').column('expires_at').execute()
  await db.schema
    .createIndex('session_end')
    .on('session')
    .column('ended_at')
    .where('ended_at', 'is not', null)
    .execute()

  await db.schema
    .createTable('key')
    .addColumn('id', 'text', key)
    .addColumn('purpose', 'text', required)
    .addColumn('wrapped', bytes, required)
    .addColumn('wrapped_by', 'text', required)
    .addColumn('created_at', bigint, required)
    .addColumn('retired_at', bigint)
    .modifyEnd(strict)
    .execute()
  // Of nodes that make the first key of a purpose at the same time, one wins.
  await db.schema
    .createIndex('key_in_use')
    .unique()
    .on('key')
    .column('purpose')
    .where(sql<boolean>`retired_at is null`)
    .execute()

  // No foreign keys here: the record outlives what it tells of.
  await db.schema
    .createTable('event')
    .addColumn('seq', bigint, countingKey)
    .addColumn('position', bigint)
    .addColumn('id', 'text', required)
    .addColumn('tenant_id', 'text', required)
    .addColumn('type', 'text', required)
    .addColumn('at', bigint, required)
    .addColumn('actor', 'text', required)
    .addColumn('client_system', 'text')
    .addColumn('user_id', 'text')
    .addColumn('session_id', 'text')
    .addColumn('request_id', 'text')
    .addColumn('data', 'text', required)
    .addColumn('commitment', bytes, required)
    .addColumn('salt', bytes)
    .addColumn('email', 'text')
    .addColumn('ip_address', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('geo_location', 'text')
    .modifyEnd(strict)
    .execute()
  // Partial, so that the append of an event without a position or a user does not pay for them.
  await db.schema
    .createIndex('event_position')
    .unique()
    .on('event')
    .column('position')
    .where('position', 'is not', null)
    .execute()
  await db.schema
    .createIndex('event_user')
    .on('event')
    .columns(['user_id', 'seq'])
    .where('user_id', 'is not', null)
    .execute()

  await db.schema
    .createTable('lease')
    .addColumn('name', 'text', key)
    .addColumn('holder', 'text', required)
    .addColumn('until', bigint, required)
    .modifyEnd(strict)
    .execute()

  await db.schema
    .createTable('ledger')
    .addColumn('key', bytes, key)
    .addColumn('state', 'text', required)
    .addColumn('expires_at', bigint, required)
    .addColumn('version', 'integer', one)
    .modifyEnd(strict)
    .execute()
  await db.schema.createIndex('ledger_expiry').on('ledger').column('expires_at').execute()

  // What counters.ts keeps: a journal behind the memory of the one node, or tables that all nodes share.
  if (engine === 'sqlite') {
    for (const table of ['journal', 'journal_lasting']) {
      await db.schema
        .createTable(table)
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('expires_at', bigint, required)
        .addColumn('records', bytes, required)
        .modifyEnd(strict)
        .execute()
    }
    return
  }
  await db.schema
    .createTable('counter_once')
    .addColumn('key', bytes, key)
    .addColumn('expires_at', bigint, required)
    .execute()
  await db.schema.createIndex('counter_once_expiry').on('counter_once').column('expires_at').execute()
  await db.schema
    .createTable('counter_window')
    .addColumn('key', bytes, key)
    .addColumn('stamps', sql`bigint[]`, required)
    .addColumn('expires_at', bigint, required)
    .execute()
  await db.schema.createIndex('counter_window_expiry').on('counter_window').column('expires_at').execute()
}
