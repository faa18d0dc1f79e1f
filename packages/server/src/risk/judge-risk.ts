import { RiskAction, type RiskReason, type RiskRules, riskReasonNames, riskReasons } from '@gatehouse/contract/risk'
import { hourOf, isFamiliar, isJump, isKnownPair, type Lesson, type Past, settle } from './past.ts'

/** What is known of a sign-in, at the moment when it is judged. */
export interface RiskFacts extends Lesson {
  /** It brings the token of a device on which its user has shown a second factor. */
  readonly isKnownDevice: boolean
  /** Sign-ins that failed from the same address, within the last minutes. */
  readonly addressFailures: number
  /** Kinds of second factors that were tried, within the last minutes. */
  readonly typesTried: number
}

export interface RiskVerdict {
  readonly score: number
  readonly reasons: readonly RiskReason[]
  readonly decision: RiskAction
}

/** Before so many sign-ins nobody knows which hours are odd. */
const habitSignIns = 20
/** Of a hundred sign-ins, fewer than so many at this hour or the ones beside it. */
const oddPercent = 2
/** From so many failures an address is one that fails often. */
const failingFrom = 10
/** From so many kinds somebody tries one after another. */
const switchingFrom = 3

/**
 * What is unusual about a sign-in, by what its user has done before and by nothing else: the same facts, past and rules
 * give the same verdict, today and when it is run over the record again.
 */
export function judgeRisk(facts: RiskFacts, past: Past, rules: RiskRules): RiskVerdict {
  const reasons = riskReasonNames.filter((reason) => applies[reason](facts, past))
  const score = reasons.reduce((sum, reason) => sum + riskReasons[reason].weight, 0)
  return { score, reasons, decision: decide(score, reasons, rules) }
}

/** The strictest of what each reason and their sum lead to. */
function decide(score: number, reasons: readonly RiskReason[], rules: RiskRules): RiskAction {
  const by = (limit: number | null, action: RiskAction) => (limit !== null && score >= limit ? [action] : [])
  return strictest([
    ...reasons.map((reason) => rules.reasons[reason] ?? riskReasons[reason].action),
    ...by(rules.require_mfa_at, 'require_mfa'),
    ...by(rules.require_stronger_at, 'require_stronger'),
    ...by(rules.refuse_at, 'refuse'),
  ])
}

function strictest(actions: readonly RiskAction[]): RiskAction {
  return RiskAction.options.findLast((action) => actions.includes(action)) ?? 'allow'
}

/** Who has no past has nothing unusual: the first sign-in of all is not compared with anything. */
const applies: Readonly<Record<RiskReason, (facts: RiskFacts, past: Past) => boolean>> = {
  new_device: ({ isKnownDevice, deviceMark, at }, past) =>
    past.signIns > 0 && !isKnownDevice && !isFamiliar(past.devices, deviceMark, at),
  different_country: ({ country, at }, { countries }) =>
    country !== null && countries.length > 0 && !isFamiliar(countries, country, at),
  impossible_travel: (facts, past) =>
    isJump(past, facts) && !isKnownPair(past, facts.country, past.countries.at(-1)?.mark, facts.at),
  simultaneous_sessions: ({ country, sessionCountries, at }, past) =>
    country !== null && sessionCountries.some((each) => each !== country && !isKnownPair(past, country, each, at)),
  odd_hour: ({ at }, past) => {
    const { hours } = settle(past, at)
    const total = hours.reduce((sum, times) => sum + times, 0)
    const around = [23, 0, 1].reduce((sum, offset) => sum + (hours[(hourOf(at) + offset) % 24] ?? 0), 0)
    return total >= habitSignIns && around * 100 < total * oddPercent
  },
  failing_address: ({ addressFailures }) => addressFailures >= failingFrom,
  method_switching: ({ typesTried }) => typesTried >= switchingFrom,
  unknown_place: ({ country }, { countries }) => country === null && countries.length > 0,
}
