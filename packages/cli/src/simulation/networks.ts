import type { Chance } from './chance.ts'

/**
 * Networks of large providers, by the first half of an address: the countries that come with the server know all of each. Nothing
 * is ever sent there; a simulated person only says to come from there.
 */
const networks = {
  DE: ['79.200', '91.10', '84.150'],
  FR: ['90.20', '86.200'],
  GB: ['81.130', '86.130'],
  US: ['73.20', '24.5'],
  CH: ['85.1', '85.2'],
  PL: ['83.10', '83.20'],
  JP: ['126.20', '133.11'],
  BR: ['177.32', '189.10'],
  IN: ['49.36', '106.200'],
  AU: ['1.125', '1.130'],
} as const

export type Country = keyof typeof networks

/** Some address in a country. */
export function addressIn(country: Country, chance: Chance): string {
  return `${chance.pick(networks[country])}.${chance.between(1, 254)}.${chance.between(1, 254)}`
}

/** Some address of which nobody knows where it is (RFC 5737, RFC 6598). */
export function addressNowhere(chance: Chance): string {
  return `100.${chance.between(64, 127)}.${chance.between(0, 255)}.${chance.between(1, 254)}`
}

export const agents = {
  laptop:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
  mac: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
  phone:
    'Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36',
  iphone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1',
  attacker: 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0',
} as const
