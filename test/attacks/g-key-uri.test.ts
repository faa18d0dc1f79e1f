import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TOTP, URI } from 'otpauth'
import { judge } from '../judge.ts'
import { attackOnSqlite, codeOf, phone } from './support.ts'

/** Names that mean something in a URI. Those that no e-mail address may hold are tried beside the factor. */
const names = [
  ...[
    'a&secret=AAAA',
    'a?secret=AAAA',
    'a#fragment',
    'a%0a',
    'a%3Aissuer',
    'a=b&issuer=Evil',
    'a+b',
    'a/../b',
    "a'b",
    '%',
  ],
  ...['ada🔑', 'ädä', 'адa', '{}|^`~!$*', '.', 'x'.repeat(64)],
]

attackOnSqlite(
  '079 an authenticator app reads from picture and link what was enrolled, whatever the name',
  async (app, t) => {
    const zbarimg = judge('zbarimg', 'zbar-tools')
    if (zbarimg.missing) t.diagnostic(`not checked: QR codes read by an independent program (${zbarimg.missing})`)
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-qr-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const { now } = app.house.server.clock
    for (const [index, name] of names.entries()) {
      const email = `${name}@example.test`
      const user = await app.createUser({ email })
      const [algorithm, digits] = [
        (['sha1', 'sha256', 'sha512'] as const)[index % 3]!,
        index % 2 === 0 ? 6 : 8,
      ] as const
      const { enrollment } = await app.sdk.users.factors.enroll({ id: user.id, type: 'totp', algorithm, digits })
      const { uri, secret, qr } = enrollment
      const read = URI.parse(uri)
      assert.ok(read instanceof TOTP)
      assert.deepEqual(
        [read.label, read.issuer, read.secret.base32, read.algorithm, read.digits, read.period],
        [email, 'Gatehouse', secret, algorithm.toUpperCase(), digits, 30],
      )
      assert.equal(read.generate({ timestamp: now().getTime() }), codeOf(app, phone.scan(uri)))

      const png = Buffer.from(qr.png, 'base64')
      assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [300, 300])
      if (zbarimg.missing) continue
      const file = join(folder, `${index}.png`)
      writeFileSync(file, png)
      assert.equal(zbarimg.run(['--quiet', '--raw', file]).trim(), uri)
    }
  },
)
