import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { parseConfig } from './config.ts'
import { makeCertificate, toPem } from './factors/webauthn/test-certificates.ts'
import { settings } from './settings.ts'

const pem = toPem(makeCertificate()).trimEnd()
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'))
after(() => rmSync(folder, { recursive: true }))

function configOf(env: Record<string, string | undefined>) {
  const parsed = parseConfig(env)
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.errors.join('\n'))
  return parsed.config
}

function errorsOf(env: Record<string, string>): readonly string[] {
  const parsed = parseConfig(env)
  assert.ok(!parsed.ok, JSON.stringify(env))
  return parsed.errors
}

function fileOf(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

test('without any setting everything has its default', () => {
  assert.deepEqual(configOf({}), {
    host: '127.0.0.1',
    port: 4100,
    publicUrl: undefined,
    tls: undefined,
    trustedProxies: [],
    forwardedHeader: 'x-forwarded-for',
    databaseUrl: undefined,
    dataFolder: resolve('data'),
    databaseFile: resolve('data/gatehouse.db'),
    keyFolder: resolve('data/keys'),
    encryptDatabase: true,
    placesFile: undefined,
    serviceName: 'Gatehouse',
    loginCaptcha: 'risk',
    captchaAccount: undefined,
    language: 'en',
    customTemplates: {},
    mail: undefined,
    sms: undefined,
    metrics: undefined,
    syslog: undefined,
    witnessFile: undefined,
    witnessUrl: undefined,
    witnessServer: undefined,
    witnessedLogs: [],
    adminMail: [],
    fcm: undefined,
    pushServices: ['fcm.googleapis.com', '*.notify.windows.com', '*.push.services.mozilla.com', '*.push.apple.com'],
    webhookNetworks: [],
    webhookResolvers: [],
    passkeys: {
      rpId: undefined,
      origins: undefined,
      demandsUserVerification: false,
      attestation: 'none',
      roots: undefined,
      metadata: undefined,
      metadataRoot: undefined,
      aaguids: undefined,
    },
  })
})

test('every setting does what its name says', () => {
  const config = configOf({
    GATEHOUSE_PLACES_FILE: '/srv/city.mmdb',
    GATEHOUSE_HOST: '::',
    GATEHOUSE_PORT: '8080',
    GATEHOUSE_PUBLIC_URL: 'https://auth.example.test//',
    GATEHOUSE_TLS_CERT_FILE: '/etc/gatehouse/tls.crt',
    GATEHOUSE_TLS_KEY_FILE: 'tls.key',
    GATEHOUSE_TLS_MIN_VERSION: '1.2',
    GATEHOUSE_TRUSTED_PROXIES: '10.0.0.5, 192.0.2.0/24,2001:db8::/32',
    GATEHOUSE_FORWARDED_HEADER: 'forwarded',
    GATEHOUSE_DATABASE_URL: 'postgres://user:word@db.example.test/gatehouse',
    GATEHOUSE_DATA_DIR: '/var/lib/gatehouse',
    GATEHOUSE_ENCRYPT_DATABASE: 'off',
    GATEHOUSE_SERVICE_NAME: 'Küche & Co',
    GATEHOUSE_LOGIN_CAPTCHA: 'always',
    GATEHOUSE_LANGUAGE: 'de',
    GATEHOUSE_SMTP_URL: 'smtps://gate%40house:a%2Fb@mail.example.test',
    GATEHOUSE_MAIL_FROM: 'Küche & Co <no-reply@example.test>',
    GATEHOUSE_WEBHOOK_NETWORKS: '10.1.0.0/16, fd12::/32',
    GATEHOUSE_WEBHOOK_DNS: '9.9.9.9,[2620:fe::fe]:53',
    GATEHOUSE_METRICS_ADDRESS: '[::1]:9464',
    GATEHOUSE_SYSLOG_URL: 'tls://logs.example.test',
    GATEHOUSE_SYSLOG_CA: pem,
    GATEHOUSE_WITNESS_FILE: '/mnt/elsewhere/checkpoints.txt',
    GATEHOUSE_WITNESS_URL: 'https://witness.example.test/gatehouse',
    GATEHOUSE_ADMIN_MAIL: 'ops@example.test, security@example.test',
    GATEHOUSE_WEB_PUSH_SERVICES: '*.push.example.test, https://push.internal:8443',
    GATEHOUSE_WEBAUTHN_RP_ID: 'example.test',
    GATEHOUSE_WEBAUTHN_ORIGINS: 'https://app.example.test, https://example.test',
    GATEHOUSE_WEBAUTHN_USER_VERIFICATION: 'required',
    GATEHOUSE_WEBAUTHN_ATTESTATION: 'direct',
    GATEHOUSE_WEBAUTHN_METADATA: 'a.b.c',
    GATEHOUSE_WEBAUTHN_METADATA_ROOT: pem,
    GATEHOUSE_WEBAUTHN_ATTESTATION_ROOTS: pem,
    GATEHOUSE_WEBAUTHN_AAGUIDS: '11111111-2222-4333-8444-55555555555A',
  })
  assert.deepEqual(config, {
    host: '::',
    port: 8080,
    publicUrl: 'https://auth.example.test',
    tls: { certFile: '/etc/gatehouse/tls.crt', keyFile: resolve('tls.key'), minVersion: 'TLSv1.2' },
    trustedProxies: ['10.0.0.5', '192.0.2.0/24', '2001:db8::/32'],
    forwardedHeader: 'forwarded',
    databaseUrl: 'postgres://user:word@db.example.test/gatehouse',
    dataFolder: '/var/lib/gatehouse',
    databaseFile: '/var/lib/gatehouse/gatehouse.db',
    keyFolder: '/var/lib/gatehouse/keys',
    encryptDatabase: false,
    placesFile: '/srv/city.mmdb',
    serviceName: 'Küche & Co',
    loginCaptcha: 'always',
    captchaAccount: undefined,
    language: 'de',
    customTemplates: {},
    mail: {
      host: 'mail.example.test',
      port: 465,
      tls: 'implicit',
      user: 'gate@house',
      password: 'a/b',
      from: { name: 'Küche & Co', address: 'no-reply@example.test' },
      dkim: undefined,
    },
    sms: undefined,
    metrics: { host: '::1', port: 9464 },
    syslog: { host: 'logs.example.test', port: 6514, ca: pem },
    witnessFile: '/mnt/elsewhere/checkpoints.txt',
    witnessUrl: 'https://witness.example.test/gatehouse',
    witnessServer: undefined,
    witnessedLogs: [],
    adminMail: ['ops@example.test', 'security@example.test'],
    fcm: undefined,
    pushServices: ['*.push.example.test', 'https://push.internal:8443'],
    webhookNetworks: ['10.1.0.0/16', 'fd12::/32'],
    webhookResolvers: ['9.9.9.9', '[2620:fe::fe]:53'],
    passkeys: {
      rpId: 'example.test',
      origins: ['https://app.example.test', 'https://example.test'],
      demandsUserVerification: true,
      attestation: 'direct',
      roots: pem,
      metadata: 'a.b.c',
      metadataRoot: pem,
      aaguids: ['11111111-2222-4333-8444-55555555555a'],
    },
  })
  assert.ok(Object.isFrozen(config))
})

test('every setting tells what it is for', () => {
  for (const [name, { description }] of Object.entries(settings)) assert.match(description ?? '', /^[A-Z].*\.$/, name)
})

test('all that is wrong is said at once, a sentence for each, with what the setting is for', () => {
  const errors = errorsOf({
    GATEHOUSE_PORT: '70000',
    GATEHOUSE_PUBLIC_URL: 'auth.example.test',
    GATEHOUSE_ENCRYPT_DATABASE: 'yes',
    GATEHOUSE_HOTS: 'x',
  })
  assert.equal(errors.length, 4)
  for (const [name, purpose] of [
    ['GATEHOUSE_PORT', 'TCP port to listen on.'],
    ['GATEHOUSE_PUBLIC_URL', 'Where people and applications reach the server.'],
    ['GATEHOUSE_ENCRYPT_DATABASE', 'on or off'],
    ['GATEHOUSE_HOTS', 'Did you mean GATEHOUSE_HOST?'],
  ] as const) {
    assert.ok(
      errors.some((error) => error.startsWith(name) && error.includes(purpose)),
      `${name}: ${errors.join('\n')}`,
    )
  }
})

test('a port is a whole number from 0 to 65535, written as such', () => {
  for (const port of ['0', '1', '65535']) assert.equal(configOf({ GATEHOUSE_PORT: port }).port, Number(port))
  for (const port of ['', ' ', '-1', '65536', '80.5', '0x50', '1e3', '4100 ', 'http', 'NaN', '４１００']) {
    assert.match(errorsOf({ GATEHOUSE_PORT: port })[0] ?? '', /^GATEHOUSE_PORT/, JSON.stringify(port))
  }
})

test('a public URL is scheme, host and port, and nothing that would be lost or told to everybody', () => {
  for (const url of ['https://a.test', 'http://localhost:4100/', 'https://[2001:db8::1]:8443']) {
    assert.equal(configOf({ GATEHOUSE_PUBLIC_URL: url }).publicUrl, url.replace(/\/$/, ''))
  }
  for (const rest of ['/auth', '/?', '?x=1', '#top', '/#']) {
    assert.match(
      errorsOf({ GATEHOUSE_PUBLIC_URL: `https://a.test${rest}` })[0] ?? '',
      /scheme, host and port alone/,
      rest,
    )
  }
  for (const user of ['ada@', 'ada:secret@', ':secret@']) {
    assert.match(errorsOf({ GATEHOUSE_PUBLIC_URL: `https://${user}a.test` })[0] ?? '', /without a user/, user)
  }
})

test('a URL of another kind is refused', () => {
  for (const url of ['', 'localhost:4100', 'ftp://example.test', 'javascript:alert(1)', '//example.test']) {
    assert.match(errorsOf({ GATEHOUSE_PUBLIC_URL: url })[0] ?? '', /^GATEHOUSE_PUBLIC_URL/, url)
  }
  for (const url of ['', 'mysql://db.example.test/x', 'https://db.example.test', '/var/run/postgresql']) {
    assert.match(errorsOf({ GATEHOUSE_DATABASE_URL: url })[0] ?? '', /^GATEHOUSE_DATABASE_URL/, url)
  }
})

test('a certificate without its key is an error, and so is a version of TLS that nobody should speak', () => {
  for (const name of ['GATEHOUSE_TLS_CERT_FILE', 'GATEHOUSE_TLS_KEY_FILE']) {
    assert.deepEqual(errorsOf({ [name]: 'tls.pem' }), [
      'GATEHOUSE_TLS_CERT_FILE and GATEHOUSE_TLS_KEY_FILE belong together; set both or neither.',
    ])
  }
  for (const version of ['1.1', '1.0', 'TLSv1.3', '']) {
    assert.match(errorsOf({ GATEHOUSE_TLS_MIN_VERSION: version })[0] ?? '', /^GATEHOUSE_TLS_MIN_VERSION/, version)
  }
  const both = { GATEHOUSE_TLS_CERT_FILE: 'tls.crt', GATEHOUSE_TLS_KEY_FILE: 'tls.key' }
  assert.equal(configOf(both).tls?.minVersion, 'TLSv1.3')
})

test('trusted proxies are addresses and networks, each of which says plainly whom it means', () => {
  const doubtful = [
    '',
    ',',
    'any',
    '0.0.0.0/0',
    '::/0',
    '010.0.0.1',
    '10.0.0.0/33',
    'proxy.example.test',
    '10.0.0.1 10.0.0.2',
  ]
  for (const list of [...doubtful, ...doubtful.map((entry) => `10.0.0.1,${entry}`)]) {
    assert.match(errorsOf({ GATEHOUSE_TRUSTED_PROXIES: list })[0] ?? '', /^GATEHOUSE_TRUSTED_PROXIES/, list)
  }
  for (const header of ['', 'x-real-ip', 'X-Forwarded-For', 'x-forwarded-for, forwarded']) {
    assert.match(errorsOf({ GATEHOUSE_FORWARDED_HEADER: header })[0] ?? '', /^GATEHOUSE_FORWARDED_HEADER/, header)
  }
})

test('a list that takes no any does not tell to write it', () => {
  for (const [name, danger] of [
    ['GATEHOUSE_TRUSTED_PROXIES', 'would let everybody say who they are'],
    ['GATEHOUSE_WEBHOOK_NETWORKS', 'would let webhooks reach everything inside'],
  ] as const) {
    for (const [entry, said] of [
      ['any', `any ${danger}`],
      ['0.0.0.0/0', `0.0.0.0/0 is everybody, which ${danger}`],
      ['::/0', `::/0 is everybody, which ${danger}`],
      ['10.0.0.0/4', '10.0.0.0/4 is half the world; name networks of /8 or smaller'],
      ['2000::/3', '2000::/3 is half the world; name networks of /16 or smaller'],
      ['proxy', 'proxy is not an address or a network (10.0.0.0/8)'],
    ] as const) {
      const [error = ''] = errorsOf({ [name]: entry })
      assert.ok(error.startsWith(`${name}: ${said}. `), error)
    }
  }
})

test('a captcha provider comes with site key, secret and hosts, or not at all', () => {
  const account = {
    GATEHOUSE_CAPTCHA: 'turnstile',
    GATEHOUSE_CAPTCHA_SITE_KEY: 'site',
    GATEHOUSE_CAPTCHA_SECRET_FILE: fileOf('captcha', 'hunter2\n'),
    GATEHOUSE_CAPTCHA_HOSTNAMES: 'Login.example.org, www.example.org',
  }
  assert.deepEqual(configOf(account).captchaAccount, {
    provider: 'turnstile',
    siteKey: 'site',
    secret: 'hunter2',
    hostnames: ['login.example.org', 'www.example.org'],
    verifyUrl: undefined,
  })
  for (const name of ['GATEHOUSE_CAPTCHA_SITE_KEY', 'GATEHOUSE_CAPTCHA_SECRET_FILE', 'GATEHOUSE_CAPTCHA_HOSTNAMES']) {
    assert.match(errorsOf({ ...account, [name]: undefined })[0] ?? '', /^GATEHOUSE_CAPTCHA=turnstile also needs/, name)
  }
  const { GATEHOUSE_CAPTCHA: _, ...rest } = account
  assert.match(errorsOf(rest)[0] ?? '', /need GATEHOUSE_CAPTCHA to say whose they are/)
  assert.match(errorsOf({ GATEHOUSE_CAPTCHA: 'recaptcha' })[0] ?? '', /^GATEHOUSE_CAPTCHA/)
  for (const hosts of ['', 'https://a.example', 'a.example b.example', '*']) {
    assert.match(errorsOf({ ...account, GATEHOUSE_CAPTCHA_HOSTNAMES: hosts })[0] ?? '', /HOSTNAMES/, hosts)
  }
  assert.equal(configOf({}).captchaAccount, undefined)
  assert.deepEqual(
    [configOf({}).loginCaptcha, configOf({ GATEHOUSE_LOGIN_CAPTCHA: 'always' }).loginCaptcha],
    ['risk', 'always'],
  )
})

test('a name that is not ours is an error, with the nearest setting if there is one near', () => {
  const said: Record<string, RegExp> = {
    GATEHOUSE_PROT: /Did you mean GATEHOUSE_PORT\?$/,
    GATEHOUSE_DATABASE_ULR: /Did you mean GATEHOUSE_DATABASE_URL\?$/,
    GATEHOUSE_DATADIR: /Did you mean GATEHOUSE_DATA_DIR\?$/,
    GATEHOUSE_PROT_FILE: /^GATEHOUSE_PROT_FILE is not a setting\. Did you mean GATEHOUSE_PORT\?$/,
    GATEHOUSE_SOMETHING_ELSE: /^GATEHOUSE_SOMETHING_ELSE is not a setting\.$/,
    GATEHOUSE_: /^GATEHOUSE_ is not a setting\./,
    GATEHOUSE___proto__: /is not a setting/,
  }
  for (const [name, sentence] of Object.entries(said)) assert.match(errorsOf({ [name]: 'x' })[0] ?? '', sentence, name)
})

test('what belongs to others, or is not set at all, is left alone', () => {
  configOf({ PATH: '/bin', GATE: 'x', gatehouse_port: 'x', GATEHOUSE_PORT: undefined })
  configOf({ GATEHOUSE_URL: 'x', GATEHOUSE_CLIENT_ID: 'x', GATEHOUSE_CLIENT_SECRET: 'x' })
})

test('a setting can be read from a file, without the line end of the file', () => {
  const url = 'postgres://user:word@db.example.test/gatehouse'
  for (const end of ['', '\n', '\r\n']) {
    assert.equal(configOf({ GATEHOUSE_DATABASE_URL_FILE: fileOf('url', url + end) }).databaseUrl, url)
  }
  assert.equal(configOf({ GATEHOUSE_PORT_FILE: fileOf('port', '5000\n') }).port, 5000)
})

test('a file that cannot be read is one error among the others', () => {
  mkdirSync(join(folder, 'folder'))
  const missing = join(folder, 'missing')
  const errors = errorsOf({
    GATEHOUSE_DATABASE_URL_FILE: missing,
    GATEHOUSE_SERVICE_NAME_FILE: join(folder, 'folder'),
    GATEHOUSE_PORT: 'x',
  })
  assert.deepEqual(
    errors.map((error) => error.split(':')[0]),
    ['GATEHOUSE_DATABASE_URL_FILE', 'GATEHOUSE_SERVICE_NAME_FILE', 'GATEHOUSE_PORT'],
  )
  assert.ok(errors[0]?.includes(missing))
})

test('a setting and its file together are an error', () => {
  const errors = errorsOf({ GATEHOUSE_PORT: '5000', GATEHOUSE_PORT_FILE: fileOf('port', '5000') })
  assert.deepEqual(errors, ['GATEHOUSE_PORT and GATEHOUSE_PORT_FILE are both set; keep one.'])
})

test('no error repeats a value that may be secret', () => {
  const secret = 'hunter2hunter2'
  const url = `mysql://user:${secret}@db.example.test/x`
  const errors = [
    ...errorsOf({ GATEHOUSE_DATABASE_URL: url }),
    ...errorsOf({ GATEHOUSE_DATABASE_URL_FILE: fileOf('secret', url) }),
    ...errorsOf({ GATEHOUSE_PORT: secret, GATEHOUSE_PUBLIC_URL: secret, GATEHOUSE_CLIENT_SECERT: secret }),
  ]
  assert.ok(!errors.join('\n').includes('hunter'), errors.join('\n'))
})

test('mail goes over TLS unless the mail server is on this machine, and its settings belong together', () => {
  const mail = (env: Record<string, string>) => configOf({ GATEHOUSE_MAIL_FROM: 'a@example.test', ...env }).mail
  const url = 'smtp://mail.example.test'
  const first = mail({ GATEHOUSE_SMTP_URL: url, GATEHOUSE_SMTP_USER: 'u', GATEHOUSE_SMTP_PASSWORD: 'p' })
  assert.deepEqual([first?.port, first?.tls, first?.user, first?.password], [587, 'required', 'u', 'p'])
  const local = mail({ GATEHOUSE_SMTP_URL: 'smtp://[::1]:2525', GATEHOUSE_SMTP_TLS: 'off' })
  assert.deepEqual([local?.host, local?.port, local?.tls], ['::1', 2525, 'off'])

  const both = { GATEHOUSE_SMTP_URL: url, GATEHOUSE_MAIL_FROM: 'a@example.test' }
  assert.match(String(errorsOf({ ...both, GATEHOUSE_SMTP_TLS: 'off' })), /in the clear/)
  assert.match(String(errorsOf({ GATEHOUSE_SMTP_URL: url })), /belong together/)
  assert.match(String(errorsOf({ GATEHOUSE_MAIL_FROM: 'a@example.test' })), /belong together/)
  assert.match(String(errorsOf({ ...both, GATEHOUSE_DKIM_DOMAIN: 'example.test' })), /belong together/)
  assert.match(String(errorsOf({ ...both, GATEHOUSE_DKIM_KEY: 'secret' })), /private key in PEM form/)
  for (const wrong of [
    'nobody',
    'a@x.test, b@x.test',
    'A <a@x.test> B',
    'A\r\nBcc: b@y.test <a@x.test>',
    '"A" <a@x.test>',
  ]) {
    assert.match(String(errorsOf({ GATEHOUSE_MAIL_FROM: wrong })), /must be one address/, wrong)
  }
})
