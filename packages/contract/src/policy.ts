/** One number of the policy: its default, how far it may be changed, and what it is for. */
interface Limit {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly sentence: string
}

/** One choice of the policy, in words. */
interface Choice {
  readonly default: string
  readonly values: readonly string[]
  readonly sentence: string
}

/** Every number that the server goes by. Units are in the names. */
export const policy = {
  signatureSkewSeconds: {
    default: 300,
    min: 30,
    max: 300,
    sentence: 'How far the time of a signature may be from the time of the server.',
  },
  signatureMemorySeconds: {
    default: 660,
    min: 660,
    max: 660,
    sentence: 'How long a signature over a body is remembered, so that it is accepted once.',
  },
  oauthTokenSeconds: {
    default: 900,
    min: 60,
    max: 900,
    sentence: 'How long an access token of a client application (OAuth 2.0) is good.',
  },
  hostedSignInSeconds: {
    default: 1800,
    min: 300,
    max: 3600,
    sentence: 'How long somebody may take for a sign-in on the hosted pages, from the first page to the last.',
  },
  authorizationCodeSeconds: {
    default: 60,
    min: 10,
    max: 60,
    sentence: 'How long the code that a browser brings back from the hosted sign-in is good (RFC 6749, section 4.1.2).',
  },
  oauthSecretFailures: {
    default: 20,
    min: 5,
    max: 100,
    sentence:
      'How many wrong secrets or assertions in a row, of one client and source, close the token endpoint to both for the time of `loginLockSeconds`.',
  },
  oauthAssertionSeconds: {
    default: 300,
    min: 60,
    max: 600,
    sentence: 'How long a client assertion (RFC 7523) may be good at most; so long it is remembered.',
  },
  idempotencySeconds: {
    default: 86_400,
    min: 3600,
    max: 604_800,
    sentence: 'How long an Idempotency-Key is remembered, with the answer to its request.',
  },
  idempotencyRunSeconds: {
    default: 60,
    min: 10,
    max: 600,
    sentence:
      'How long a request with an Idempotency-Key counts as under way; one that has changed nothing by then may be begun anew.',
  },
  bodyBytes: { default: 65_536, min: 1024, max: 65_536, sentence: 'The largest body of a request.' },
  bodyDepth: { default: 16, min: 4, max: 16, sentence: 'How deep the JSON of a body may nest.' },
  bodyNames: { default: 200, min: 50, max: 200, sentence: 'How many names the JSON of a body may hold.' },
  headerBytes: { default: 16_384, min: 4096, max: 16_384, sentence: 'The largest headers of a request.' },
  headersTimeoutMs: { default: 10_000, min: 1000, max: 10_000, sentence: 'Within what time the headers must arrive.' },
  requestTimeoutMs: { default: 30_000, min: 1000, max: 30_000, sentence: 'Within what time a request must arrive.' },
  passwordCharacters: {
    default: 8,
    min: 8,
    max: 64,
    sentence: 'The fewest characters of a new password of a user who has a second factor.',
  },
  passwordCharactersAlone: {
    default: 15,
    min: 15,
    max: 64,
    sentence: 'The fewest characters of a new password of a user who has no second factor.',
  },
  passwordLongest: { default: 256, min: 64, max: 256, sentence: 'The most characters of a new password.' },
  passwordQueueMs: {
    default: 2000,
    min: 100,
    max: 10_000,
    sentence: 'How long a sign-in may wait for its turn at the password hash; past it the answer is 503.',
  },
  challengeSeconds: { default: 300, min: 60, max: 600, sentence: 'How long a challenge waits for its answer.' },
  challengeAttempts: { default: 5, min: 1, max: 10, sentence: 'How many answers one challenge takes.' },
  enrollmentSeconds: {
    default: 600,
    min: 60,
    max: 600,
    sentence: 'How long a pending factor waits for its first code.',
  },
  enrollmentAttempts: { default: 3, min: 1, max: 5, sentence: 'How many wrong first codes end a pending factor.' },
  codeSeconds: {
    default: 300,
    min: 60,
    max: 600,
    sentence: 'How long a code that was sent is good.',
  },
  codeTries: { default: 3, min: 1, max: 5, sentence: 'How many answers a code that was sent takes before it is dead.' },
  pushSeconds: { default: 60, min: 30, max: 120, sentence: 'How long a request on a device waits for its answer.' },
  pushPerTenMinutes: {
    default: 3,
    min: 1,
    max: 10,
    sentence: 'How many requests go to the devices of one person in any ten minutes.',
  },
  pushUnansweredPerDay: {
    default: 5,
    min: 2,
    max: 20,
    sentence:
      'How many requests of any day nobody answers before no more go to that person, until somebody unlocks them.',
  },
  pushBlockSeconds: {
    default: 600,
    min: 60,
    max: 86_400,
    sentence: 'How long a source cannot sign in to an account whose owner has said that it was not them.',
  },
  codeResendSeconds: {
    default: 30,
    min: 1,
    max: 600,
    sentence: 'How long an address waits for its next code.',
  },
  codeSendsPerTenMinutes: {
    default: 3,
    min: 1,
    max: 10,
    sentence: 'How many codes go to one address in any ten minutes.',
  },
  codeSendsPerDay: { default: 10, min: 1, max: 50, sentence: 'How many codes go to one address in any day.' },
  smsPerBlockPerHour: {
    default: 20,
    min: 1,
    max: 10_000,
    sentence: 'How many SMS go in any hour to numbers that differ in their last four digits only.',
  },
  smsPerAccountPerDay: { default: 20, min: 1, max: 100, sentence: 'How many SMS one account sets off in any day.' },
  smsPerHour: { default: 1000, min: 1, max: 1_000_000, sentence: 'How many SMS a tenant sends in any hour.' },
  rateAuthPerMinute: {
    default: 10,
    min: 1,
    max: 100_000,
    sentence: 'Sign-in requests of one source, or at one account, in any minute.',
  },
  rateValidatePerMinute: {
    default: 100,
    min: 1,
    max: 1_000_000,
    sentence: 'Token requests of one source in any minute.',
  },
  rateUsersPerMinute: {
    default: 50,
    min: 1,
    max: 100_000,
    sentence: 'User and factor requests of one source in any minute.',
  },
  rateDevicesPerMinute: {
    default: 600,
    min: 10,
    max: 100_000,
    sentence: 'Requests of the devices that approve sign-ins, of one source in any minute.',
  },
  rateOtherPerMinute: {
    default: 50,
    min: 1,
    max: 100_000,
    sentence: 'All other requests of one source in any minute.',
  },
  strangerRefusalsPerMinute: {
    default: 100,
    min: 1,
    max: 100_000,
    sentence:
      'Refusals of one source without a valid signature that are answered and recorded one by one in any minute; one event stands for the rest.',
  },
  allStrangerRefusalsPerMinute: {
    default: 1000,
    min: 1,
    max: 1_000_000,
    sentence:
      'Refusals without a valid signature that are recorded one by one in any minute, of all sources together; past it they are counted, but for the first of each kind and network.',
  },
  callerRefusalsPerMinute: {
    default: 1000,
    min: 1,
    max: 1_000_000,
    sentence:
      'Refusals of one client, or of one person with a token, that are recorded one by one in any minute; past it they are counted, but for the first of each kind.',
  },
  loginLockFailures: {
    default: 5,
    min: 3,
    max: 10,
    sentence: 'How many wrong passwords in a row lock an account for sources that it does not know.',
  },
  loginLockSeconds: {
    default: 1800,
    min: 300,
    max: 86_400,
    sentence: 'How long that lock lasts. Attempts meanwhile do not lengthen it.',
  },
  loginHardFailures: {
    default: 100,
    min: 10,
    max: 100,
    sentence: 'How many wrong passwords in a row close the password road until somebody unlocks it.',
  },
  captchaNameFailures: {
    default: 3,
    min: 1,
    max: 10,
    sentence: 'After how many failed sign-ins of one name a captcha is asked for, where the policy goes by risk.',
  },
  captchaSourceFailures: {
    default: 10,
    min: 1,
    max: 1000,
    sentence: 'After how many failed sign-ins from one source (end_user.ip) of one client a captcha is asked for.',
  },
  captchaWindowSeconds: {
    default: 900,
    min: 60,
    max: 86_400,
    sentence: 'How long a failed sign-in counts for the captcha.',
  },
  captchaSeconds: {
    default: 300,
    min: 60,
    max: 600,
    sentence: 'How long a proof of work may take before its challenge is worth nothing.',
  },
  captchaWorkBits: {
    default: 10,
    min: 4,
    max: 18,
    sentence: 'How hard the proof of work is: each bit doubles it.',
  },
  captchaMinScorePercent: {
    default: 50,
    min: 1,
    max: 100,
    sentence: 'The lowest score of reCAPTCHA v3 that is taken for a person, in hundredths.',
  },
  mfaWindowFailures: {
    default: 3,
    min: 1,
    max: 5,
    sentence: 'How many wrong codes any window takes, over all factors, sessions and sources of an account.',
  },
  mfaWindowSeconds: { default: 300, min: 300, max: 3600, sentence: 'How long that window is.' },
  mfaLongestWaitSeconds: {
    default: 300,
    min: 300,
    max: 300,
    sentence: 'The longest wait after wrong codes in a row: 30, 60, 120, then this.',
  },
  mfaSuspendFailures: { default: 20, min: 5, max: 20, sentence: 'How many wrong codes in a row suspend the factor.' },
  mfaMonthlyFailures: {
    default: 100,
    min: 10,
    max: 100,
    sentence: 'How many wrong codes any 30 days take. Success does not clear them.',
  },
  accessPassSeconds: {
    default: 3600,
    min: 60,
    max: 86_400,
    sentence: 'How long an access pass is good for somebody who has lost their factors, unless the caller says.',
  },
  recoveryWaitSeconds: {
    default: 86_400,
    min: 3600,
    max: 604_800,
    sentence: 'How long a recovery request waits, in which whoever reads the mail of the account can cancel it.',
  },
  recoveryPassSeconds: {
    default: 86_400,
    min: 3600,
    max: 86_400,
    sentence: 'How long the access pass is good that a recovery request leads to.',
  },
  passwordResetSeconds: {
    default: 3600,
    min: 600,
    max: 86_400,
    sentence: 'How long the link is good that sets a new password.',
  },
  registrationSeconds: {
    default: 3600,
    min: 600,
    max: 86_400,
    sentence: 'How long the link is good that makes an account.',
  },
  registrationsPerHour: {
    default: 20,
    min: 1,
    max: 10_000,
    sentence:
      'How many people may ask to register in an hour from one source: each request writes to an address that may be a stranger\u2019s.',
  },
  deviceDays: {
    default: 90,
    min: 1,
    max: 365,
    sentence: 'How long a device that has passed a second factor is known.',
  },
  sessionKeepDays: {
    default: 30,
    min: 1,
    max: 400,
    sentence: 'How long the row of a session is kept after its end. The record keeps its events.',
  },
  secretOverlapSeconds: {
    default: 604_800,
    min: 60,
    max: 604_800,
    sentence: 'How long the old secret of a client goes on working after a rotation, unless the caller says less.',
  },
  securityKeyDays: {
    default: 730,
    min: 30,
    max: 3650,
    sentence: 'After how long a security key must be enrolled again. The last usable factor goes on.',
  },
  passkeyDays: {
    default: 365,
    min: 30,
    max: 3650,
    sentence: 'The same for a passkey of a device or a password manager.',
  },
  secretAgeDays: {
    default: 90,
    min: 1,
    max: 365,
    sentence: 'After how long the secret of a client is due to be rotated. It goes on working.',
  },
  dataKeyHours: {
    default: 24,
    min: 1,
    max: 720,
    sentence: 'After how long a new key seals what is stored. The one before it still opens what it has sealed.',
  },
  dataKeyResealDays: {
    default: 30,
    min: 8,
    max: 90,
    sentence: 'After how long what a replaced key has sealed, and is left, is sealed anew under the one in use.',
  },
  tokenRootDays: {
    default: 90,
    min: 1,
    max: 90,
    sentence: 'After how long access tokens are signed under a new root. Those that are out are good until they end.',
  },
  keyEncryptionKeyDays: {
    default: 90,
    min: 1,
    max: 365,
    sentence: 'After how long the key-encryption key is due to be rotated. It goes on working, and `doctor` says so.',
  },
  refreshDays: {
    default: 30,
    min: 1,
    max: 365,
    sentence: 'How long after its beginning a session ends at the latest.',
  },
  refreshIdleDays: { default: 7, min: 1, max: 90, sentence: 'How long a session lasts that nobody refreshes.' },
  refreshRetrySeconds: {
    default: 10,
    min: 1,
    max: 60,
    sentence: 'Within what time a refresh token that was just used gets the same successor again, and no alarm.',
  },
  mfaSessionSeconds: {
    default: 43_200,
    min: 300,
    max: 86_400,
    sentence: 'How long the proof of a second factor stands in a session.',
  },
  mfaSessionIdleSeconds: {
    default: 3600,
    min: 60,
    max: 86_400,
    sentence: 'How long that proof stands when it is not used.',
  },
  stepUpSeconds: {
    default: 300,
    min: 60,
    max: 900,
    sentence: 'How fresh a second factor is that a sensitive act demands.',
  },
  revocationFeedsPerClient: {
    default: 50,
    min: 1,
    max: 1000,
    sentence: 'How many revocation feeds one client keeps open at one node.',
  },
  auditDays: {
    default: 3650,
    min: 90,
    max: 36_500,
    sentence: 'How many days an event stays on record. Its hash stays for ever.',
  },
  alertDays: {
    default: 730,
    min: 30,
    max: 3650,
    sentence: 'How many days an alert is kept after it was resolved, or is no longer expected.',
  },
  pastDays: {
    default: 400,
    min: 90,
    max: 3650,
    sentence: 'How many days after the last sign-in it is remembered what is usual for a user.',
  },
  auditFeeds: { default: 20, min: 1, max: 1000, sentence: 'How many live feeds of the record are open at one node.' },
  auditExports: { default: 4, min: 1, max: 64, sentence: 'How many exports of the record are under way at once.' },
  revocationFeeds: {
    default: 1000,
    min: 1,
    max: 10_000,
    sentence: 'How many revocation feeds are open at one node, over all clients.',
  },
  webhookTimeoutSeconds: {
    default: 5,
    min: 1,
    max: 30,
    sentence: 'How long one attempt at a webhook may take, from the look-up of the name to the end of the answer.',
  },
  webhookHours: {
    default: 72,
    min: 1,
    max: 72,
    sentence: 'How long a webhook is tried, with growing gaps, before it counts as failed.',
  },
  webhookEndpoints: { default: 20, min: 1, max: 200, sentence: 'How many webhook endpoints a tenant has at most.' },
  webhookKeepDays: {
    default: 30,
    min: 4,
    max: 400,
    sentence: 'How long a webhook delivery is kept, to be looked at and sent again.',
  },
  webhookSecretOverlapSeconds: {
    default: 86_400,
    min: 60,
    max: 604_800,
    sentence: 'How long the old secret of a webhook endpoint goes on signing after a rotation, unless the caller says.',
  },
  burnFastTenths: {
    default: 144,
    min: 10,
    max: 1000,
    sentence:
      'How fast what may go wrong with a service level is used up, in tenths, over an hour and over its last five minutes, to be an alert at once.',
  },
  burnSteadyTenths: {
    default: 60,
    min: 10,
    max: 1000,
    sentence: 'The same over six hours and over their last half hour.',
  },
  burnSlowTenths: {
    default: 10,
    min: 5,
    max: 1000,
    sentence: 'The same over three days and over their last six hours, to be an alert for the next day.',
  },
  burnFailures: {
    default: 5,
    min: 1,
    max: 10_000,
    sentence: 'How many failures there are at least before a service level burns fast.',
  },
  burnSlowFailures: {
    default: 20,
    min: 1,
    max: 10_000,
    sentence: 'How many failures of three days there are at least before a service level burns slowly.',
  },
  pushRateHours: {
    default: 6,
    min: 1,
    max: 72,
    sentence: 'Over how long it is counted whether a push transport delivers enough.',
  },
  pushRateRequests: {
    default: 20,
    min: 5,
    max: 10_000,
    sentence: 'How many requests to devices must have gone by a push transport before it is judged.',
  },
  levelDays: {
    default: 400,
    min: 35,
    max: 3650,
    sentence: 'How many days the counts by day are kept that service levels are made of.',
  },
  accessTokenSeconds: { default: 3600, min: 60, max: 3600, sentence: 'How long an access token is good.' },
} as const satisfies Record<string, Limit>

/** Every choice that is a word and not a number. */
export const policyChoices = {
  loginCaptcha: {
    default: 'risk',
    values: ['never', 'risk', 'always'],
    sentence: 'When a sign-in needs a captcha. A known device never does.',
  },
} as const satisfies Record<string, Choice>

export type PolicyKey = keyof typeof policy
type ChoiceKey = keyof typeof policyChoices
/** The numbers and the choices in force. */
export type Policy = Readonly<Record<PolicyKey, number>> & {
  readonly [K in ChoiceKey]: (typeof policyChoices)[K]['values'][number]
}

/** The policy with every number and every choice at its default. */
export function defaultPolicy(): Policy {
  const entries = Object.entries({ ...policy, ...policyChoices }).map(([key, row]) => [key, row.default])
  return Object.freeze(Object.fromEntries(entries)) as Policy
}
