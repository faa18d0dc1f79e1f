/** What a wrong code looks like, in words that stay true for every case of it. */
interface DiagnosisKind {
  readonly title: string
  readonly fix: string
}

/** The words under `looks_like` in the data of `factor.rejected`. They never change their meaning. */
export const diagnoses = {
  clock_drift: {
    title: 'The code of another time',
    fix: 'The clock of the device is off by about `drift_seconds` (above zero: fast), or an old code was typed. Turn on automatic time on the device.',
  },
  other_settings: {
    title: 'A code made with other settings',
    fix: 'The app goes by `matches_algorithm` and `matches_digits`, the factor needs `needs_algorithm` and `needs_digits`. Many apps ignore the settings of a QR code: enrol again with the usual ones.',
  },
  used_before: {
    title: 'A code that is older than the last accepted one, or that one itself',
    fix: 'Wait for the next code, or press the button of the token again. If it was not the owner who typed it, somebody has seen their codes.',
  },
  other_factor: {
    title: 'The code of another factor of the same user',
    fix: '`other_factor_id` would have taken it. People who have enrolled twice have two entries in their app: one `pending` there means that they typed the code of an enrolment that was never finished.',
  },
  key_not_decoded: {
    title: 'A code made from the letters of the key',
    fix: 'The app or program uses the base32 text of the key as if it were the key. It must decode it first (RFC 4648, section 6).',
  },
  counter_ahead: {
    title: 'The code of a token whose button was pressed too often',
    fix: 'The token is `counter_ahead` presses ahead. Up to twenty, two codes in a row find it again: POST /v1/factors/{id}/resync.',
  },
} as const satisfies Record<string, DiagnosisKind>

export type DiagnosisWord = keyof typeof diagnoses
