import type { Policy } from '@gatehouse/contract/policy'
import type { CheckupFacts } from '@gatehouse/server/checkup/gather-facts'
import type { Config } from '@gatehouse/server/config'

/** One thing that was looked at. What is not right says what to do. */
export interface Finding {
  readonly about: string
  readonly state: 'ok' | 'warning' | 'error'
  readonly text: string
  readonly fix?: string
}

const ok = (about: string, text: string): Finding => ({ about, state: 'ok', text })
const warning = (about: string, text: string, fix: string): Finding => ({ about, state: 'warning', text, fix })
const error = (about: string, text: string, fix: string): Finding => ({ about, state: 'error', text, fix })

const dayMs = 86_400_000
const longestOffMs = 30_000
const offWorthAWordMs = 2000

/** By how much our clock is ahead, or why nobody could be asked. */
export function judgeClock(offset: number | Error, server: string): Finding {
  if (offset instanceof Error) {
    return warning(
      'clock',
      `${server} did not tell the time (${offset.message})`,
      'Let UDP port 123 out, or name a server of your network with --ntp; with --ntp none nobody is asked.',
    )
  }
  const seconds = (Math.abs(offset) / 1000).toFixed(1)
  const text = `${seconds} s ${offset < 0 ? 'behind' : 'ahead of'} ${server}`
  const fix = 'Keep the clock in step: chrony or systemd-timesyncd. Codes, locks and signatures go by it.'
  if (Math.abs(offset) > longestOffMs) return error('clock', text, fix)
  return Math.abs(offset) > offWorthAWordMs ? warning('clock', text, fix) : ok('clock', text)
}

const renewBeforeDays = 14

/** The certificate that people are shown, by its last day; or why it could not be seen. */
export function judgeCertificate(validTo: Date | Error, now: Date): Finding {
  if (validTo instanceof Error) {
    return warning('certificate', validTo.message, 'Look whether GATEHOUSE_PUBLIC_URL is right and reached over HTTPS.')
  }
  const days = Math.floor((validTo.getTime() - now.getTime()) / dayMs)
  if (days < 0)
    return error('certificate', `it ended ${-days} days ago`, 'Renew it; the server takes it over by itself.')
  const text = `good for ${days} days`
  if (days >= renewBeforeDays) return ok('certificate', text)
  return warning('certificate', text, 'Renew it, and look why it was not renewed by itself.')
}

/** The file of the key of the certificate. `risk` is a sentence that says what to do, too. */
export function judgeKeyFile(risk: string | undefined): readonly Finding[] {
  if (risk === undefined) return []
  return [warning('certificate', 'its key can be read by others', risk)]
}

/** Settings that a server runs with, and should not for long. */
export function judgeSettings(config: Config, exposure: string | undefined): readonly Finding[] {
  const found: Finding[] = []
  if (exposure !== undefined) found.push(error('settings', 'not fit for people', exposure))
  if (config.tls?.minVersion === 'TLSv1.2') {
    found.push(
      warning('settings', 'TLS 1.2 is spoken', 'Unset GATEHOUSE_TLS_MIN_VERSION when no client needs it any more.'),
    )
  }
  if (config.loginCaptcha === 'never') {
    found.push(
      warning(
        'settings',
        'no sign-in is ever asked for a captcha',
        'Set GATEHOUSE_LOGIN_CAPTCHA to risk: it is seldom asked then.',
      ),
    )
  }
  if (config.databaseUrl !== undefined) found.push(...judgePostgres(new URL(config.databaseUrl)))
  else if (!config.encryptDatabase) {
    found.push(
      warning(
        'settings',
        'the database is not encrypted at rest',
        'Move to an encrypted one: gatehouse backup create, then gatehouse restore into a new folder without GATEHOUSE_ENCRYPT_DATABASE.',
      ),
    )
  }
  if (config.adminMail.length === 0) {
    found.push(
      warning('settings', 'nobody is told of alerts', 'Set GATEHOUSE_ADMIN_MAIL to the addresses of those who look.'),
    )
  }
  return found.length > 0 ? found : [ok('settings', 'nothing unsafe')]
}

/** We cannot see whether its disks are encrypted, so we say so. */
function judgePostgres({ hostname, searchParams }: URL): readonly Finding[] {
  const found = [
    warning(
      'settings',
      'whether PostgreSQL keeps its data encrypted cannot be seen from here',
      'Encrypt its disks and its dumps. What is secret in it is sealed all the same.',
    ),
  ]
  const isLocal = ['', 'localhost', '127.0.0.1', '[::1]'].includes(hostname)
  const isChecked = ['verify-full', 'verify-ca'].includes(searchParams.get('sslmode') ?? '')
  if (isLocal || isChecked) return found
  const fix = 'Add sslmode=verify-full to GATEHOUSE_DATABASE_URL.'
  return [...found, warning('settings', `who answers as ${hostname} is not checked by TLS`, fix)]
}

/** What the data says: ages, people, backups, what stands still. */
export function judgeFacts(
  facts: CheckupFacts,
  now: Date,
  policy: Pick<Policy, 'keyEncryptionKeyDays'>,
): readonly Finding[] {
  return [
    ...judgeSecrets(facts),
    judgeKeys(facts, policy.keyEncryptionKeyDays),
    judgeAdministrators(facts),
    ...judgeBackups(facts, now),
    judgeSealing(facts, now),
    ...judgeWebhooks(facts),
  ]
}

function judgeSecrets({ secrets, openClients }: CheckupFacts): readonly Finding[] {
  const old = secrets.filter(({ age }) => age !== 'fresh')
  const found = old.map(({ client, age, days }) => {
    const fix = `gatehouse clients secrets rotate ${client}`
    const text = `a secret of ${client} is ${days} days old`
    return age === 'overdue' ? error('secrets', text, fix) : warning('secrets', text, fix)
  })
  for (const client of openClients) {
    found.push(
      warning(
        'secrets',
        `${client} may call from any address`,
        `gatehouse clients change ${client} --allow with the addresses that it calls from`,
      ),
    )
  }
  return found.length > 0 ? found : [ok('secrets', `${secrets.length} of client applications, none too old`)]
}

/** The others are rotated by the server, or stay. */
function judgeKeys({ keys, keyEncryptionKeyDays: days }: CheckupFacts, dueDays: number): Finding {
  if (days < dueDays) return ok('keys', `${keys.length} open, the key-encryption key is ${days} days old`)
  return warning('keys', `the key-encryption key is ${days} days old`, 'gatehouse keys rotate key-encryption-key')
}

function judgeAdministrators({ unguardedAdmins }: CheckupFacts): Finding {
  const [first] = unguardedAdmins
  if (first === undefined) return ok('administrators', 'everybody with the role admin has a second factor')
  const more = unguardedAdmins.length > 1 ? ` and ${unguardedAdmins.length - 1} more` : ''
  return error(
    'administrators',
    `${first}${more} with the role admin without a second factor`,
    'Have them enrol one, or demand it of that role: gatehouse policy set.',
  )
}

const backupWithinDays = 7

function judgeBackups({ engine, newestBackupAt }: CheckupFacts, now: Date): readonly Finding[] {
  if (engine !== 'sqlite') return []
  const fix = 'gatehouse backup create --to a place on another machine, each day.'
  if (newestBackupAt === undefined) return [warning('backup', 'none was ever made', fix)]
  const days = Math.floor((now.getTime() - newestBackupAt) / dayMs)
  if (days > backupWithinDays) return [warning('backup', `the newest is ${days} days old`, fix)]
  return [ok('backup', `the newest is ${days} days old`)]
}

const sealWithinMs = 5 * 60_000

function judgeSealing({ oldestUnsealedAt }: CheckupFacts, now: Date): Finding {
  const waitsMs = now.getTime() - (oldestUnsealedAt ?? now.getTime())
  if (waitsMs <= sealWithinMs) return ok('record', 'sealed up to the last minutes')
  return warning(
    'record',
    `an event waits since ${Math.floor(waitsMs / 60_000)} minutes to be sealed`,
    'Start the server; if it runs, look into its log for the job seal.',
  )
}

function judgeWebhooks({ failingWebhooks }: CheckupFacts): readonly Finding[] {
  return failingWebhooks.map((url) =>
    warning('webhooks', `${url} does not take what is sent`, 'gatehouse webhooks deliveries says what it answers.'),
  )
}
