import { type AlertRuleName, alertRuleNames, alertRules } from '@gatehouse/contract/alerts'
import { riskReasonNames } from '@gatehouse/contract/risk'
import { attacks } from './attacks/attacks.ts'
import type { HonestTally } from './honest/live-honestly.ts'
import { percentile } from './percentile.ts'
import type { Finding } from './stage.ts'
import type { Outcome } from './watch-attack.ts'

/** One attack and one thing that has to find it. */
export interface Detection {
  readonly attack: string
  readonly by: string
  readonly times: number
  readonly found: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** What rules say of people who did no harm. */
export interface FalseAlarms {
  readonly rule: AlertRuleName
  readonly alerts: number
  /** Of a hundred people in thirty days. */
  readonly perHundred: number
}

export interface DetectionTable {
  readonly detections: readonly Detection[]
  readonly falseAlarms: readonly FalseAlarms[]
  /** How many of a thousand honest sign-ins had each reason. */
  readonly reasons: Readonly<Record<string, number>>
  readonly visits: number
}

const nameOf = (finding: Finding) => ('alert' in finding ? finding.alert : `reason ${finding.reason}`)

export function tableOf(outcomes: readonly Outcome[], tally: HonestTally | undefined): DetectionTable {
  const detections = attacks.flatMap(({ name, foundBy }) =>
    foundBy.flatMap((finding) => {
      const mine = outcomes.filter((each) => each.attack === name && nameOf(each.finding) === nameOf(finding))
      const delays = mine.flatMap(({ found, delayMs }) => (found ? [delayMs] : []))
      const row = { attack: name, by: nameOf(finding), times: mine.length, found: delays.length }
      return mine.length === 0 ? [] : [{ ...row, p50Ms: percentile(delays, 0.5), p99Ms: percentile(delays, 0.99) }]
    }),
  )
  if (!tally) return { detections, falseAlarms: [], reasons: {}, visits: 0 }
  const share = (100 / tally.users) * (30 / tally.days)
  const falseAlarms = alertRuleNames.map((rule) => {
    const alerts = tally.alerts.get(rule) ?? 0
    return { rule, alerts, perHundred: alerts * share }
  })
  const perThousand = (reason: string) => ((tally.reasons.get(reason) ?? 0) * 1000) / tally.visits
  const reasons = Object.fromEntries(riskReasonNames.map((reason) => [reason, perThousand(reason)]))
  return { detections, falseAlarms, reasons, visits: tally.visits }
}

/** Markdown, which people can read as well. */
export function printTable({ detections, falseAlarms, reasons }: DetectionTable): string {
  const sentences = new Map(attacks.map(({ name, sentence }) => [name, sentence]))
  const found = markdown(
    ['attack', 'what happens', 'found by', 'found', 'p50', 'p99'],
    detections.map(({ attack, by, times, found, p50Ms, p99Ms }) => [
      `\`${attack}\``,
      sentences.get(attack) ?? '',
      by.startsWith('reason ') ? `reason \`${by.slice(7)}\`` : `\`${by}\``,
      `${found} of ${times}`,
      ...(by.startsWith('reason ') ? ['before the answer', ''] : [show(p50Ms), show(p99Ms)]),
    ]),
  )
  if (falseAlarms.length === 0) return found
  const honest = markdown(
    ['rule', 'severity', 'false alarms', 'of 100 people in 30 days'],
    falseAlarms.map(({ rule, alerts, perHundred }) => [
      `\`${rule}\``,
      alertRules[rule].severity,
      String(alerts),
      perHundred.toFixed(1),
    ]),
  )
  const unusual = markdown(
    ['reason', 'of 1000 honest sign-ins'],
    Object.entries(reasons).map(([reason, share]) => [`\`${reason}\``, share.toFixed(1)]),
  )
  return [found, honest, unusual].join('\n\n')
}

const show = (ms: number) => (Number.isNaN(ms) ? '-' : `${Math.round(ms)} ms`)

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
