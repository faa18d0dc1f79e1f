import type { Chance } from '../chance.ts'
import { addressIn } from '../networks.ts'
import type { Person } from './person.ts'

/** One sign-in that somebody means to make, with all that goes wrong in it. */
export interface Visit {
  /** Since the simulation began. */
  readonly atMs: number
  readonly person: Person
  readonly ip: string
  readonly userAgent: string
  readonly wrongPasswords: number
  /** Gives up and has the password reset. */
  readonly forgot: boolean
  readonly wrongCodes: number
  /** Has not got at hand what is asked for, and takes another way. */
  readonly appIsNotAtHand: boolean
  /** The app went with the old phone. */
  readonly appIsGone: boolean
  readonly refreshes: number
  /** An answer does not arrive, and the application asks again so much later. */
  readonly answerLostMs: number | undefined
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Everything that these people do in so many days from this midnight on, the earliest first. */
export function planVisits(chance: Chance, people: readonly Person[], days: number, begins: Date): Visit[] {
  const isWeekend = (day: number) => [0, 6].includes(new Date(begins.getTime() + day * dayMs).getUTCDay())
  const visits = people.flatMap((person) =>
    Array.from({ length: days }, (_, index) => index).flatMap((day) =>
      visitsOfDay(chance, person, { day, isWeekend: isWeekend(day) }),
    ),
  )
  return visits.toSorted((one, other) => one.atMs - other.atMs)
}

interface Day {
  readonly day: number
  readonly isWeekend: boolean
}

function visitsOfDay(chance: Chance, person: Person, { day, isWeekend }: Day): Visit[] {
  const { journey } = person
  if (journey && (day === journey.from || day === journey.to)) return []
  const times = isWeekend ? (chance.percent(25) ? 1 : 0) : chance.pick([1, 1, 1, 2, 2])
  return Array.from({ length: times }, (_, index) => newVisit(chance, person, { day, isWeekend, index }))
}

function newVisit(chance: Chance, person: Person, { day, isWeekend, index }: Day & { readonly index: number }): Visit {
  const { journey } = person
  const isAbroad = journey !== undefined && day > journey.from && day < journey.to
  const isByPhone = chance.percent(index === 0 ? 15 : 45)
  const isLateWork = chance.percent(1)
  const isNightShift = person.worksNights && Math.floor(day / 7) % 2 === 1
  const begins = isNightShift
    ? 21
    : isLateWork
      ? chance.between(20, 26)
      : person.dayBegins + index * chance.between(3, 6)
  const forgot = chance.percent(0.4)
  const hasNewPhone = person.newPhoneOn === day && index === 0
  return {
    atMs: day * dayMs + Math.round(begins * hourMs + chance.around(0, 40) * minuteMs),
    person,
    ip: addressOf(chance, person, { isAbroad, isByPhone, isWeekend }),
    userAgent: isByPhone || hasNewPhone ? person.phone : person.laptop,
    wrongPasswords: forgot ? chance.between(2, 5) : chance.percent(5) ? chance.pick([1, 1, 1, 1, 2, 2, 3]) : 0,
    forgot,
    wrongCodes: chance.percent(4) ? chance.pick([1, 1, 1, 1, 1, 1, 2, 2, 3]) : 0,
    appIsNotAtHand: chance.percent(1),
    appIsGone: hasNewPhone && chance.percent(40),
    // Who leaves for a journey has left a screen on at home, now and then.
    refreshes: journey && day === journey.from - 1 && chance.percent(15) ? 40 : chance.pick([0, 0, 1, 1, 2, 4, 7]),
    answerLostMs: chance.percent(0.5) ? (chance.percent(95) ? 5000 : 90_000) : undefined,
  }
}

interface Whereabouts {
  readonly isAbroad: boolean
  readonly isByPhone: boolean
  readonly isWeekend: boolean
}

function addressOf(chance: Chance, person: Person, { isAbroad, isByPhone, isWeekend }: Whereabouts): string {
  if (isAbroad && person.journey) return addressIn(person.journey.country, chance)
  if (person.vpn && chance.percent(30)) return addressIn(person.vpn, chance)
  if (person.worksIn && !isByPhone && !isWeekend) return addressIn(person.worksIn, chance)
  if (isByPhone) return addressIn(person.country, chance)
  return isWeekend ? person.homeAddress : (person.officeAddress ?? person.homeAddress)
}
