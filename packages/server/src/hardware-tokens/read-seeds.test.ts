import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileKey } from './open-pskc-values.ts'
import { readCsvSeeds } from './read-csv-seeds.ts'
import { readPskcSeeds } from './read-pskc-seeds.ts'
import type { SeedFile } from './token-seed.ts'

const secretHex = Buffer.from('12345678901234567890').toString('hex')
const usual = { algorithm: 'sha1', digits: 6, counter: '0' }

function show(file: SeedFile): unknown {
  return file.ok
    ? file.seeds.map((seed) => ({ ...seed, secret: Buffer.from(seed.secret).toString('hex') }))
    : file.errors
}

/** The containers of RFC 6030, figures 6 and 7: one key, encrypted with a key agreed upon, and with a password. */
function container(encryption: string, macKey: string, secret: string, mac: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer Version="1.0" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"
  xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"
  xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"
  xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">
  <pskc:EncryptionKey>${encryption}</pskc:EncryptionKey>
  <pskc:MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1">
    <pskc:MACKey>
      <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
      <xenc:CipherData><xenc:CipherValue>${macKey}</xenc:CipherValue></xenc:CipherData>
    </pskc:MACKey>
  </pskc:MACMethod>
  <pskc:KeyPackage>
    <pskc:DeviceInfo><pskc:Manufacturer>Manufacturer</pskc:Manufacturer><pskc:SerialNo>987654321</pskc:SerialNo></pskc:DeviceInfo>
    <pskc:Key Id="12345678" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp">
      <pskc:AlgorithmParameters><pskc:ResponseFormat Length="8" Encoding="DECIMAL"/></pskc:AlgorithmParameters>
      <pskc:Data>
        <pskc:Secret>
          <pskc:EncryptedValue>
            <xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>
            <xenc:CipherData><xenc:CipherValue>${secret}</xenc:CipherValue></xenc:CipherData>
          </pskc:EncryptedValue>
          <pskc:ValueMAC>${mac}</pskc:ValueMAC>
        </pskc:Secret>
        <pskc:Counter><pskc:PlainValue>18446744073709551615</pskc:PlainValue></pskc:Counter>
      </pskc:Data>
    </pskc:Key>
  </pskc:KeyPackage>
</pskc:KeyContainer>`
}

const byKey = container(
  '<ds:KeyName>Pre-shared-key</ds:KeyName>',
  'ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX',
  'AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv',
  'Su+NvtQfmvfJzF6bmQiJqoLRExc=',
)
const byPassword = container(
  `<xenc11:DerivedKey><xenc11:KeyDerivationMethod Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2">
     <pkcs5:PBKDF2-params><Salt><Specified>Ej7/PEpyEpw=</Specified></Salt><IterationCount>1000</IterationCount><KeyLength>16</KeyLength></pkcs5:PBKDF2-params>
   </xenc11:KeyDerivationMethod></xenc11:DerivedKey>`,
  '2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx',
  'oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f',
  'LP6xMvjtypbfT9PdkJhBZ+D6O4w=',
)
const preSharedKey = Buffer.from('12345678901234567890123456789012', 'hex')
const seed = { serial: '987654321', secret: secretHex, algorithm: 'sha1', digits: 8, counter: '18446744073709551615' }

test('the encrypted containers of RFC 6030 open with their key and their password', () => {
  assert.deepEqual(show(readPskcSeeds(byKey, { preSharedKey })), [seed])
  assert.deepEqual(show(readPskcSeeds(byPassword, { password: 'qwerty' })), [seed])
})

test('a container does not open with another key or password, or when a bit of it was changed', () => {
  const wrong: readonly [string, FileKey, RegExp][] = [
    [byKey, {}, /give the key/],
    [byKey, { preSharedKey: Buffer.alloc(16) }, /not that of the file/],
    [byKey, { preSharedKey: Buffer.alloc(32) }, /needs a key of 128 bits/],
    [byPassword, {}, /give its password/],
    [byPassword, { password: 'Qwerty' }, /not that of the file/],
    [byKey.replace('D+cIHItl', 'D+cIHItk'), { preSharedKey }, /Token 987654321: it was changed/],
    [byKey.replace('Su+Nvt', 'Su+Nvs'), { preSharedKey }, /it was changed/],
    [byKey.replace(/<pskc:ValueMAC>.*<\/pskc:ValueMAC>/, ''), { preSharedKey }, /it was changed/],
    [byKey.replace('#hmac-sha1', '#hmac-md5'), { preSharedKey }, /without a MAC that we know/],
    [byPassword.replace('>1000<', '>1000000000<'), { password: 'qwerty' }, /in a way that we do not know/],
  ]
  for (const [file, key, error] of wrong) {
    assert.match(String(show(readPskcSeeds(file, key))), error)
  }
})

test('no entity is expanded, no document type is read, and broken XML is an error and no more', () => {
  const bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]><KeyContainer>&c;</KeyContainer>'
  const outside = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><KeyContainer/>'
  for (const file of [bomb, outside])
    assert.match(String(show(readPskcSeeds(file, {}))), /document type is not allowed/)
  const deep = `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`
  for (const file of ['<', '<KeyContainer>', '<a/>', '<KeyContainer>&x;</KeyContainer>', deep, '<a/><b/>']) {
    assert.match(String(show(readPskcSeeds(file, {}))), /^The file cannot be read/, file)
  }
})

test('tokens of other kinds, and without serial or secret, are named one by one', () => {
  const key = (inside: string, algorithm = 'hotp') =>
    `<Key Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:${algorithm}">${inside}</Key>`
  const plain = `<Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret></Data>`
  const info = (serial: string) => `<DeviceInfo><SerialNo>${serial}</SerialNo></DeviceInfo>`
  const file = (...packages: string[]) =>
    `<KeyContainer>${packages.map((each) => `<KeyPackage>${each}</KeyPackage>`).join('')}</KeyContainer>`
  assert.deepEqual(show(readPskcSeeds(file(info('A1') + key(plain)), {})), [
    { serial: 'A1', secret: secretHex, ...usual },
  ])
  assert.deepEqual(
    show(
      readPskcSeeds(
        file(
          info('A1') + key(plain, 'totp'),
          key(plain),
          info('A3') + key(''),
          info('A4') + key(`<AlgorithmParameters><Suite>MD5</Suite></AlgorithmParameters>${plain}`),
        ),
        {},
      ),
    ),
    [
      'Token A1: it is no HOTP token.',
      'Token number 2: it has no serial number.',
      'Token A3: its secret is not in the file.',
      'Token A4: we do not know its algorithm MD5.',
    ],
  )
})

test('a table may name its columns in any order, and leave out what is usual', () => {
  const seeds = [{ serial: 'A1', secret: secretHex, ...usual }]
  for (const file of [
    `serial,secret_hex\nA1,${secretHex}\n`,
    `\uFEFFsecret_hex;serial\r\n"${secretHex.toUpperCase()}";"A1"\r\n\r\n`,
    'serial,secret_base32\nA1,gezd gnbv gy3t qojq gezd gnbv gy3t qojq',
  ]) {
    assert.deepEqual(show(readCsvSeeds(file)), seeds)
  }
  const full = `serial,secret_hex,counter,digits,algorithm\nA1,${secretHex},42,8,HMAC-SHA256`
  const [, , counter, digits] = ['', '', '42', 8]
  assert.deepEqual(show(readCsvSeeds(full)), [
    { serial: 'A1', secret: secretHex, algorithm: 'sha256', counter, digits },
  ])
})

test('what is wrong with a table is told by its line', () => {
  for (const head of [
    '',
    'serial',
    'serial,secret',
    'serial,secret_hex,secret_base32',
    'serial,serial,secret_hex',
    'secret_hex',
  ]) {
    assert.match(String(show(readCsvSeeds(`${head}\nA1,${secretHex}`))), /^The first line must name/, head)
  }
  const rows = ['A1,xyz', `,${secretHex}`, `A1,${secretHex},1`, `A4,${secretHex}`]
  assert.deepEqual(
    show(readCsvSeeds(['serial,secret_hex', ...rows].join('\n'))),
    [2, 3, 4].map(
      (line) => `Line ${line} cannot be read: look at the number of its cells, the secret and the algorithm.`,
    ),
  )
})
