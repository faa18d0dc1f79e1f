import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createSecretKey, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { open } from '../crypto/seal.ts'
import { loadKeyFiles } from './key-file.ts'

const random = (bytes: number) => randomBytes(bytes)
const place = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'))
after(() => rmSync(place, { recursive: true }))

let folders = 0
const newFolder = () => join(place, `data-${++folders}`, 'keys')

/** A folder with both files, as the first start makes it. */
function madeFolder(): string {
  const folder = newFolder()
  loadKeyFiles(folder, { mayCreate: true, random })
  return folder
}

/** Everything that could have been changed. */
function snapshot(folder: string): unknown {
  return readdirSync(folder).map((name) => {
    const { mode, mtimeMs } = statSync(join(folder, name))
    return [name, mode, mtimeMs, readFileSync(join(folder, name), 'utf8')]
  })
}

function assertRefused(folder: string, sentence: RegExp, mayCreate = false): void {
  const before = snapshot(folder)
  const load = () => loadKeyFiles(folder, { mayCreate, random: () => assert.fail('a key was made') })
  assert.throws(load, (error) => {
    assert.ok(error instanceof Error && error.name === 'StartError')
    assert.match(error.message, sentence)
    return true
  })
  assert.deepEqual(snapshot(folder), before)
}

test('the first start makes both keys, for nobody else to read', () => {
  const folder = madeFolder()
  assert.deepEqual(readdirSync(folder).sort(), ['database.key', 'k1.key'])
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  for (const name of ['k1.key', 'database.key']) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
})

test('later starts find the same keys', () => {
  const folder = newFolder()
  const first = loadKeyFiles(folder, { mayCreate: true, random })
  for (const mayCreate of [true, false]) {
    const later = loadKeyFiles(folder, { mayCreate, random: () => assert.fail('a key was made') })
    assert.equal(later.keyEncryptionKey.id, 'k1')
    assert.ok(later.keyEncryptionKey.key.equals(first.keyEncryptionKey.key))
    assert.deepEqual(Buffer.from(later.databaseKey), Buffer.from(first.databaseKey))
  }
  assert.equal(first.databaseKey.length, 32)
  assert.equal(first.keyEncryptionKey.key.symmetricKeySize, 32)
})

test('the key file says what it is, and the database key stands in its file sealed', () => {
  const folder = newFolder()
  const { databaseKey, keyEncryptionKey } = loadKeyFiles(folder, { mayCreate: true, random })
  const [comment, , line] = readFileSync(join(folder, 'k1.key'), 'utf8').split('\n')
  assert.match(comment ?? '', /^# The key-encryption key k1 of Gatehouse/)
  assert.deepEqual(createSecretKey(line ?? '', 'base64').export(), keyEncryptionKey.key.export())
  const sealed = Buffer.from(readFileSync(join(folder, 'database.key'), 'utf8').split('\n')[1] ?? '', 'base64')
  assert.equal(sealed.includes(databaseKey), false)
  const home = { table: 'file', row: 'database.key', column: '', tenant: '', purpose: 'database' }
  assert.deepEqual(
    open(() => keyEncryptionKey.key, sealed, home),
    databaseKey,
  )
})

test('a first start that was cut short between the two files goes on with the key it made', () => {
  const folder = madeFolder()
  const kept = readFileSync(join(folder, 'k1.key'), 'utf8')
  rmSync(join(folder, 'database.key'))
  loadKeyFiles(folder, { mayCreate: true, random })
  assert.equal(readFileSync(join(folder, 'k1.key'), 'utf8'), kept)
})

test('of two first starts at the same time both have the same keys', () => {
  const folder = newFolder()
  let other: ReturnType<typeof loadKeyFiles> | undefined
  const racing = (bytes: number) => {
    other ??= loadKeyFiles(folder, { mayCreate: true, random })
    return randomBytes(bytes)
  }
  const mine = loadKeyFiles(folder, { mayCreate: true, random: racing })
  assert.deepEqual(mine.databaseKey, other?.databaseKey)
  assert.deepEqual(readdirSync(folder).sort(), ['database.key', 'k1.key'])
})

test('177: without its keys an existing database is not started, and no key is made', () => {
  const gone = newFolder()
  mkdirSync(join(gone, '..'), { recursive: true })
  const load = () => loadKeyFiles(gone, { mayCreate: false, random })
  assert.throws(
    load,
    /keys is missing, and nothing can be read without it\. Put it back from the backup of the keys\.$/,
  )
  assert.deepEqual(readdirSync(join(gone, '..')), [])
  for (const name of ['k1.key', 'database.key']) {
    const folder = madeFolder()
    rmSync(join(folder, name))
    assertRefused(folder, new RegExp(`${name} is missing, and nothing can be read without it`))
  }
})

test('177: no new key is made beside a database key that only the old one opens', () => {
  const folder = madeFolder()
  rmSync(join(folder, 'k1.key'))
  assertRefused(folder, /k1\.key is missing, and nothing can be read without it/, true)
})

test('177: a key file that others can read is refused with the command that mends it', () => {
  for (const name of ['k1.key', 'database.key']) {
    for (const mode of [0o604, 0o640, 0o620, 0o601]) {
      const folder = madeFolder()
      const path = join(folder, name)
      chmodSync(path, mode)
      assertRefused(folder, new RegExp(`${name} is open to other users of this machine\\. Run: chmod 600 ${path}$`))
      execFileSync('chmod', ['600', path])
      loadKeyFiles(folder, { mayCreate: false, random })
    }
  }
})

test('177: a damaged key file is refused', () => {
  const damages: ((text: string) => string)[] = [
    () => '',
    (text) => text.slice(0, -10),
    (text) => text.replace(/.\n$/, '!\n'),
    (text) => `${text}${text}`,
    (text) => text.replace(/^[^#].*/m, (line) => `${line.slice(0, 20)} ${line.slice(20)}`),
    () => '# only a comment\n',
    () => '\u0000\u0001\u0002',
  ]
  for (const name of ['k1.key', 'database.key']) {
    for (const damage of damages) {
      const folder = madeFolder()
      const path = join(folder, name)
      writeFileSync(path, damage(readFileSync(path, 'utf8')))
      assertRefused(folder, /is damaged|and not 32|does not open with/)
    }
  }
})

test('177: a key of the wrong length is refused', () => {
  for (const bytes of [0, 16, 31, 33, 64]) {
    const folder = madeFolder()
    writeFileSync(join(folder, 'k1.key'), `${randomBytes(bytes).toString('base64')}\n`)
    assertRefused(folder, bytes === 0 ? /is damaged/ : new RegExp(`k1\\.key holds ${bytes} bytes and not 32`))
  }
})

test('177: the key of another installation is refused', () => {
  const folder = madeFolder()
  writeFileSync(join(folder, 'k1.key'), readFileSync(join(madeFolder(), 'k1.key')))
  assertRefused(folder, /database\.key does not open with .*k1\.key: one of them is damaged or belongs to another/)
})

test('177: every altered character of the sealed database key is noticed', () => {
  const folder = madeFolder()
  const path = join(folder, 'database.key')
  const lines = readFileSync(path, 'utf8').split('\n')
  const sealed = lines[1] ?? ''
  for (let at = 0; at < sealed.length; at++) {
    const altered = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1)
    writeFileSync(path, `${lines[0]}\n${altered}\n`)
    assertRefused(folder, /is damaged|does not open with/)
  }
})

test('a file that was edited elsewhere may have other line ends and comments', () => {
  const folder = madeFolder()
  const path = join(folder, 'k1.key')
  writeFileSync(path, `# mine\r\n\r\n${readFileSync(path, 'utf8').replaceAll('\n', '\r\n')}`)
  loadKeyFiles(folder, { mayCreate: false, random })
})
