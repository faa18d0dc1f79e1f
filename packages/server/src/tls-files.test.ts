import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Certificate, certificateMaker, renew } from '../../../test/certificate.ts'
import type { TlsPair } from './http/tls-door.ts'
import { readTlsPair, watchTlsFiles } from './tls-files.ts'

const pairOf = ({ cert, key }: Certificate): TlsPair => ({ cert, key })

test('a certificate and its key are read from their files', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const made = make('one')
  assert.deepEqual(await readTlsPair(made), pairOf(made))
})

test('files that are of no use are refused in one sentence that names them and tells nothing of the key', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const [one, other] = [make('one'), make('other')]
  const broken = make('broken')
  for (const [cert, key] of [
    [one.cert, other.key],
    ['', one.key],
    [one.cert, ''],
    ['', ''],
    [one.key, one.cert],
    [one.cert.slice(0, 200), one.key],
    [one.cert, one.key.slice(0, 100)],
    [`${one.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`, one.key],
  ] as const) {
    writeFileSync(broken.certFile, cert)
    writeFileSync(broken.keyFile, key)
    await assert.rejects(readTlsPair(broken), ({ message }: Error) => {
      assert.match(
        message,
        /^[^\n]*broken\.crt and [^\n]*broken\.key are not a certificate and its private key[^\n]*\.$/,
      )
      assert.ok(!message.includes(one.key.split('\n')[1]!))
      return true
    })
  }
  rmSync(broken.keyFile)
  await assert.rejects(readTlsPair(broken), /^Error: The file [^\n]*broken\.key cannot be read \(ENOENT/)
})

test('a renewal is taken over once it fits; until then the old pair stays and the operator is told once', async (t) => {
  const make = certificateMaker(t)
  if (!make) return
  const [place, second, third] = [make('first'), make('second'), make('third')]
  const used: TlsPair[] = []
  const reports: unknown[] = []
  const watch = watchTlsFiles({
    files: place,
    current: pairOf(place),
    everyMs: 3_600_000,
    use: (pair) => used.push(pair),
    report: (error) => reports.push(error),
  })
  t.after(watch.stop)
  const reload = async (times: number) => {
    for (let time = 0; time < times; time++) await watch.reload()
    return [used.length, reports.length]
  }

  assert.deepEqual(await reload(2), [0, 0])
  renew(place, place)
  assert.deepEqual(await reload(2), [0, 0], 'written anew, and the same')
  renew(place, second)
  assert.deepEqual(await reload(2), [1, 0])
  assert.deepEqual(used[0], pairOf(second))
  writeFileSync(place.certFile, third.cert)
  assert.deepEqual(await reload(2), [1, 1], 'the key is missing yet')
  assert.match(String(reports[0]), /first\.crt and .*first\.key are not a certificate and its private key/)
  writeFileSync(place.keyFile, third.key)
  assert.deepEqual(await reload(2), [2, 1])
  assert.deepEqual(used[1], pairOf(third))
  rmSync(place.certFile)
  assert.deepEqual(await reload(2), [2, 2])
  renew(place, third)
  assert.deepEqual(await reload(2), [2, 2], 'back again, and the same')
})
