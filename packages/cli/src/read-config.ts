import { type Config, parseConfig } from '@gatehouse/server/config'

/** The settings of the environment, with what the command line says in place of them. */
export function readConfig(given: Readonly<Record<string, string | undefined>> = {}): Config {
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const result = parseConfig({ ...process.env, ...said })
  if (result.ok) return result.config
  throw new Error(['the settings are not right.', ...result.errors].join('\n  '))
}
