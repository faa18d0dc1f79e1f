import type { Chance } from '../chance.ts'
import { addressIn, agents, type Country } from '../networks.ts'

/** Somebody with nothing to hide. */
export interface Person {
  readonly name: string
  readonly country: Country
  readonly homeAddress: string
  /** Shared with everybody who works there. */
  readonly officeAddress: string | undefined
  readonly laptop: string
  readonly phone: string
  readonly factor: 'none' | 'totp' | 'email' | 'webauthn' | 'push'
  /** Can be reached by mail when the authenticator app is not at hand. */
  readonly hasBackup: boolean
  /** When the day begins, as an hour (UTC). */
  readonly dayBegins: number
  /** Days abroad, with a day for the way there and one for the way back. */
  readonly journey: { readonly from: number; readonly to: number; readonly country: Country } | undefined
  /** Where a tunnel ends that is used now and then. */
  readonly vpn: Country | undefined
  /** Works on the other side of a border. */
  readonly worksIn: Country | undefined
  readonly worksNights: boolean
  readonly newPhoneOn: number | undefined
  /** Lets the application know their devices again. */
  readonly remembersDevices: boolean
}

const workplaces: readonly Country[] = ['DE', 'DE', 'DE', 'DE', 'FR', 'FR', 'GB', 'US', 'CH', 'PL']
/** Hours before UTC at which a day begins there, from nine o'clock. */
const nineOClock: Readonly<Partial<Record<Country, number>>> = { US: 14, GB: 9 }
const farAway: readonly Country[] = ['US', 'JP', 'BR', 'IN', 'AU', 'GB', 'FR', 'DE']

/** People of a company with two offices, some of them with habits that make rules stumble. */
export function makePeople(
  chance: Chance,
  { users, days }: { readonly users: number; readonly days: number },
): Person[] {
  const offices: Partial<Record<Country, string>> = { DE: addressIn('DE', chance), FR: addressIn('FR', chance) }
  return Array.from({ length: users }, (_, index) => {
    const country = chance.pick(workplaces)
    const journeyFrom = chance.between(2, Math.max(3, days - 5))
    const abroad = chance.pick(farAway.filter((each) => each !== country))
    const crossesBorder = country === 'CH' && chance.percent(20)
    return {
      name: `person-${index}`,
      country,
      homeAddress: addressIn(country, chance),
      officeAddress: chance.percent(70) ? offices[country] : undefined,
      laptop: chance.pick([agents.laptop, agents.mac]),
      phone: chance.pick([agents.phone, agents.iphone]),
      factor: chance.pick([
        'none',
        'none',
        'none',
        'totp',
        'totp',
        'totp',
        'totp',
        'email',
        'webauthn',
        'push',
      ] as const),
      hasBackup: chance.percent(50),
      dayBegins: Math.round((nineOClock[country] ?? 8) + chance.around(0, 1)),
      journey: chance.percent(8)
        ? { from: journeyFrom, to: journeyFrom + chance.between(2, 7), country: abroad }
        : undefined,
      vpn: chance.percent(3) ? abroad : undefined,
      worksIn: crossesBorder ? 'DE' : undefined,
      worksNights: chance.percent(3),
      newPhoneOn: chance.percent(5) ? chance.between(1, days) : undefined,
      remembersDevices: index % 4 !== 3,
    }
  })
}
