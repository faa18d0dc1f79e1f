import { settings } from '@gatehouse/server/settings'
import { Command } from 'commander'
import { type Printed, print } from './print.ts'
import { readConfig } from './read-config.ts'

type Setting = keyof typeof settings

/** Settings whose values are no secrets and hold none. Those that are not named here are never printed. */
const plain: readonly Setting[] = [
  'GATEHOUSE_HOST',
  'GATEHOUSE_PORT',
  'GATEHOUSE_PUBLIC_URL',
  'GATEHOUSE_TLS_CERT_FILE',
  'GATEHOUSE_TLS_KEY_FILE',
  'GATEHOUSE_TLS_MIN_VERSION',
  'GATEHOUSE_TRUSTED_PROXIES',
  'GATEHOUSE_FORWARDED_HEADER',
  'GATEHOUSE_DATA_DIR',
  'GATEHOUSE_ENCRYPT_DATABASE',
  'GATEHOUSE_CAPTCHA',
  'GATEHOUSE_LOGIN_CAPTCHA',
  'GATEHOUSE_PLACES_FILE',
  'GATEHOUSE_SERVICE_NAME',
  'GATEHOUSE_LANGUAGE',
  'GATEHOUSE_MAIL_FROM',
  'GATEHOUSE_SMTP_TLS',
  'GATEHOUSE_WEBAUTHN_RP_ID',
  'GATEHOUSE_WEBAUTHN_ORIGINS',
  'GATEHOUSE_WEBAUTHN_USER_VERIFICATION',
]

/** `gatehouse config …`: the settings of the environment, before a server goes by them. */
export function configCommand(): Command {
  const check = new Command('check')
    .description('say everything that is wrong with the settings, without starting anything')
    .option('--json', 'print one JSON object')
    .action((flags: Printed) => {
      readConfig()
      print(flags, { right: true }, 'ok  the settings are right')
    })
  const show = new Command('print')
    .description('print the settings that are given, without those that may hold a secret')
    .option('--json', 'print one JSON object')
    .action((flags: Printed) => {
      readConfig()
      const given = givenSettings(process.env)
      if (flags.json) console.log(JSON.stringify({ settings: Object.fromEntries(given) }))
      else for (const [name, value] of given) console.log(`${name}=${value ?? '(given, not shown)'}`)
    })
  return new Command('config').description('the settings').addCommand(check).addCommand(show)
}

/** Names and values; null for what is given and not shown. */
function givenSettings(
  env: Readonly<Record<string, string | undefined>>,
): readonly (readonly [string, string | null])[] {
  return (Object.keys(settings) as Setting[]).flatMap((name) => {
    const value = env[name]
    if (value !== undefined) return [[name, plain.includes(name) ? value : null] as const]
    return env[`${name}_FILE`] === undefined ? [] : [[name, null] as const]
  })
}
