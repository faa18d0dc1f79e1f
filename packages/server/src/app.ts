import type { Policy } from '@gatehouse/contract/policy'
import type { FastifyInstance } from 'fastify'
import { serveAddresses } from './addresses/addresses.routes.ts'
import { serveAdministrators } from './administrators/administrators.routes.ts'
import { alertReader } from './alerts/alert-reader.ts'
import { serveAlerts } from './alerts/alerts.routes.ts'
import { purgeAlertCounts } from './alerts/purge-alert-counts.ts'
import { purgeAlerts } from './alerts/purge-alerts.ts'
import { clientDirectory } from './clients/client-directory.ts'
import { serveClients } from './clients/clients.routes.ts'
import { purgeSecrets } from './clients/purge-secrets.ts'
import { secretAgingJob } from './clients/secret-aging.job.ts'
import { secretUses } from './clients/secret-uses.ts'
import { signingKey } from './crypto/ed25519.ts'
import { purgeDevices } from './devices/purge-devices.ts'
import { serveDisown } from './disown/disown.routes.ts'
import { factorAgingJob } from './factors/factor-aging.job.ts'
import { serveFactors } from './factors/factors.routes.ts'
import { factorsOf } from './factors/factors.ts'
import { purgeFactors } from './factors/purge-factors.ts'
import { purgeQuestions } from './factors/purge-questions.ts'
import type { PasskeySite } from './factors/webauthn/passkey-site.ts'
import type { ProviderLine } from './guard/captcha/ask-provider.ts'
import { captchaGuard } from './guard/captcha/captcha-guard.ts'
import { purgeTexts } from './guard/purge-texts.ts'
import { serveHardwareTokens } from './hardware-tokens/hardware-tokens.routes.ts'
import { serveHealth } from './health/health.routes.ts'
import { serveHosted } from './hosted/hosted.routes.ts'
import { purgeCodes } from './hosted/purge-codes.ts'
import type { House } from './http/call.ts'
import type { Entrance } from './http/entrance.ts'
import { createHttpServer } from './http/http-server.ts'
import type { TlsDoor } from './http/tls-door.ts'
import { type RequestWatch, watchRequests } from './http/watch-requests.ts'
import { openKeptAnswers } from './idempotency/kept-answers.ts'
import { purgeKeptAnswers } from './idempotency/purge-kept-answers.ts'
import { clockJob } from './jobs/clock.job.ts'
import { createJobLoop, type JobLoop } from './jobs/job-loop.ts'
import { noLeases, sharedLeases } from './jobs/leases.ts'
import { purgeJob } from './jobs/purge.job.ts'
import { requestIds } from './kernel/ids.ts'
import type { World } from './kernel/moment.ts'
import type { FindPlace } from './kernel/place.ts'
import { steadyClock } from './kernel/steady-clock.ts'
import type { Keyring } from './keys/keyring.ts'
import { refreshKeysJob } from './keys/refresh-keys.job.ts'
import { resealJob } from './keys/reseal.job.ts'
import { rotateKeysJob } from './keys/rotate-keys.job.ts'
import { surveyKeysJob } from './keys/survey-keys.job.ts'
import type { WrappingKeys } from './keys/wrapping-keys.ts'
import { openFailingTransports } from './levels/failing-transports.ts'
import { levelReader } from './levels/level-reader.ts'
import { levelsJob } from './levels/levels.job.ts'
import { serveLevels } from './levels/levels.routes.ts'
import { purgeLevels } from './levels/purge-levels.ts'
import { requestTimesJob } from './levels/request-times.job.ts'
import type { RequestTimes } from './levels/request-times.ts'
import { serveLog } from './log/log.routes.ts'
import type { LogReader } from './log/log-reader.ts'
import { pruneEvents } from './log/prune-events.ts'
import { readLogJobs, settleReaders } from './log/read-log.job.ts'
import { refusalTallyJob } from './log/refusal-tally.job.ts'
import type { RefusalTally } from './log/refusal-tally.ts'
import { sealJob } from './log/seal.job.ts'
import type { SyslogLine } from './log/syslog/syslog-line.ts'
import { syslogReader } from './log/syslog/syslog-reader.ts'
import { type Witness, witnessJob } from './log/witness.job.ts'
import { purgeMailTokens } from './mail-tokens/mail-tokens.ts'
import { serveMe } from './me/me.routes.ts'
import type { CapturedMessages } from './messages/captured-messages.ts'
import type { Channels } from './messages/channel.ts'
import type { WordTools } from './messages/deliver-message.ts'
import { noticeReader } from './messages/notices/notice-reader.ts'
import { purgePlaces } from './messages/notices/purge-places.ts'
import { serveOutbox, serveTestMessages } from './messages/outbox.routes.ts'
import { purgeMessages } from './messages/purge-messages.ts'
import { isNewMessage } from './messages/send-message.ts'
import type { Sender } from './messages/sender.ts'
import { serveTemplates } from './messages/templates/templates.routes.ts'
import { openClientTokens } from './oauth/client-tokens.ts'
import { serveOAuth } from './oauth/oauth.routes.ts'
import { purgeClientTokens } from './oauth/purge-client-tokens.ts'
import { servePages } from './pages/pages.routes.ts'
import { servePasswordReset } from './password-reset/password-reset.routes.ts'
import { resetReader } from './password-reset/reset-reader.ts'
import type { PasswordHasher } from './passwords/password-hasher.ts'
import { passwordsOf } from './passwords/passwords.ts'
import { servePolicies } from './policies/policies.routes.ts'
import { openRules } from './policies/tenant-rules.ts'
import { purgeDeliveries } from './push/count-deliveries.ts'
import { serveDevicePage } from './push/device-page.routes.ts'
import { servePush } from './push/push.routes.ts'
import type { PushTransports } from './push/subscribe-device.ts'
import { recoveryJob } from './recovery/recovery.job.ts'
import { serveRecovery } from './recovery/recovery.routes.ts'
import { serveRegistration } from './registration/registration.routes.ts'
import { registrationReader } from './registration/registration-reader.ts'
import { purgePast } from './risk/purge-past.ts'
import { sealedColumns } from './sealed-columns.ts'
import { purgeSessions } from './sessions/purge-sessions.ts'
import { openSecondFactor } from './sessions/second-factor.ts'
import { serveSessions } from './sessions/sessions.routes.ts'
import { openSessions } from './sessions/sessions.ts'
import { purgeChallenges } from './sign-in/purge-challenges.ts'
import { serveSignIn } from './sign-in/sign-in.routes.ts'
import type { Storage } from './storage/storage.ts'
import { systemContext } from './system-context.ts'
import { serveUsers } from './users/users.routes.ts'
import type { CommitListener } from './watch-commits.ts'
import { deliverWebhooksJob } from './webhooks/deliver-webhooks.job.ts'
import { webhookReader } from './webhooks/fan-out.ts'
import type { Webhooks } from './webhooks/open-webhooks.ts'
import { purgeWebhooks } from './webhooks/purge-webhooks.ts'
import { serveWebhooks } from './webhooks/webhooks.routes.ts'
import type { WitnessTools } from './witness/add-checkpoint.ts'
import { serveWitness } from './witness/witness.routes.ts'

/** What an application is made of. Whoever opens these closes them. */
export interface Parts {
  readonly world: World
  readonly policy: Policy
  readonly storage: Storage
  readonly keys: Keyring
  /** What new keys are wrapped by. */
  readonly wrapping: WrappingKeys
  readonly findPlace: FindPlace
  /** Nothing is answered before: a backup was restored a moment ago. */
  readonly opensAt: number
  readonly hasher: PasswordHasher
  /** The ways to reach people that are set up. */
  readonly channels: Channels
  readonly pushTransports: PushTransports
  /** Messages that were kept in place of being sent. */
  readonly outbox: CapturedMessages | undefined
  readonly sender: Sender
  /** Who is told of what administrators are to look at. */
  readonly adminMail: readonly string[]
  /** Undefined where the record goes to no collector. */
  readonly syslog: SyslogLine | undefined
  /** Who keeps checkpoints of the log. */
  readonly witnesses: readonly Witness[]
  /** Undefined where this server is a witness of no other. */
  readonly witnessing: WitnessTools | undefined
  /** Undefined where captchas are the built-in proof of work. */
  readonly captchaProvider: ProviderLine | undefined
  /** Without a slash at its end. */
  readonly publicUrl: string
  readonly serviceName: string
  readonly words: WordTools
  /** Undefined where passkeys cannot be used. */
  readonly passkeys: PasskeySite | undefined
  readonly webhooks: Webhooks
  readonly reportFailure: House['reportFailure']
  readonly onCommit: (listener: CommitListener) => void
  /** Tells of answered requests. */
  readonly requests: RequestWatch
  readonly requestTimes: RequestTimes
  readonly refusals: RefusalTally
}

/** The server, wired by hand: every slice takes what it needs from the same tools. With a door it speaks TLS itself. */
export function createApp(parts: Parts, entrance: Entrance, door?: TlsDoor): FastifyInstance {
  const { world, policy, storage, keys, publicUrl, serviceName } = parts
  const clients = clientDirectory(storage, keys)
  const sessions = openSessions({ db: storage, keys, policy, issuer: publicUrl })
  const factors = factorsOf(parts)
  const house = {
    ...parts,
    nameRequest: requestIds(world.random),
    entrance,
    clients,
    sessions,
    secretUses: secretUses(storage),
    secondFactor: openSecondFactor({ sessions, policy, keys, factors }),
    answers: openKeptAnswers({ keys, policy, holder: Buffer.from(world.random(8)).toString('hex') }),
    clientTokens: openClientTokens({ db: storage, clients }),
  }
  const site = createHttpServer(house, door)
  const { http } = site
  watchRequests(site, parts.requests)

  const tools = {
    ...house,
    factors,
    issuer: serviceName,
    passwords: passwordsOf(parts),
    rules: openRules(storage),
    captcha: captchaGuard({
      keys,
      policy,
      provider: parts.captchaProvider,
      reportFailure: (error) => parts.reportFailure(error, ''),
    }),
    failing: openFailingTransports(storage),
    steadyClock: steadyClock(world),
  }
  serveSignIn(site, tools)
  serveHosted(site, tools)
  serveSessions(site, tools)
  serveUsers(site, tools)
  serveFactors(site, tools)
  serveHardwareTokens(site, tools)
  serveMe(site, tools)
  serveAdministrators(site, tools)
  servePush(site, { ...tools, transports: parts.pushTransports })
  serveDevicePage(site, tools)
  serveClients(site, { ...tools, forget: clients.forget })
  serveRecovery(site, tools)
  serveAddresses(site, tools)
  serveRegistration(site, tools)
  servePasswordReset(site, tools)
  serveAlerts(site, tools)
  serveLevels(site)
  serveDisown(site, tools)
  servePolicies(site, tools)
  serveLog(site, tools)
  if (parts.witnessing) serveWitness(site, parts.witnessing)
  serveOAuth(site, tools)
  serveWebhooks(site, { ...tools, reach: parts.webhooks.reach })
  serveHealth(site, tools)
  servePages(site)
  serveTestMessages(site, parts.words)
  serveTemplates(site, parts.words)
  if (parts.outbox) serveOutbox(site, parts.outbox, parts.sender)
  http.addHook('onReady', async () => parts.sender.start())
  parts.onCommit((writes) => {
    if (writes.some(isNewMessage)) parts.sender.wake()
  })
  return http
}

/**
 * Everything that works in the background. Nothing runs before it is started, by timers or by the hand of a test. Made
 * before the first request is answered: what happens from then on, every reader of the log is shown.
 */
export async function createJobs(parts: Parts, report: (error: unknown, job: string) => void): Promise<JobLoop> {
  const { world, storage, policy, keys, syslog } = parts
  const { host } = new URL(parts.publicUrl)
  /** Who reads the log: `log/log-reader.ts` says how to add one. */
  const readers: readonly LogReader[] = [
    alertReader(parts),
    noticeReader(parts),
    resetReader(parts),
    registrationReader(parts),
    webhookReader(),
    levelReader(parts),
    ...(syslog ? [syslogReader({ line: syslog, host })] : []),
  ]
  const jobs = [
    sealJob({ key: signingKey(keys.logSeeds[0]), origin: `${host}/audit` }),
    ...readLogJobs(readers, report),
    ...parts.witnesses.map(witnessJob),
    clockJob(),
    refreshKeysJob(keys),
    surveyKeysJob(keys, sealedColumns),
    rotateKeysJob(parts.wrapping, policy),
    resealJob({ keys, columns: sealedColumns, report: (error) => report(error, 'resealing') }),
    requestTimesJob(parts.requestTimes),
    refusalTallyJob(parts.refusals),
    levelsJob(policy),
    deliverWebhooksJob({ ...parts, ...parts.webhooks, report: (error) => report(error, 'webhooks') }),
    secretAgingJob(policy),
    factorAgingJob(),
    recoveryJob(parts),
    purgeJob([
      pruneEvents({ policy, readers: readers.map(({ name }) => name) }),
      purgeSecrets,
      purgeChallenges,
      purgeQuestions,
      purgeFactors,
      purgeDevices,
      purgeMailTokens,
      purgeSessions(policy),
      purgeTexts,
      purgeMessages,
      purgePlaces,
      purgeDeliveries,
      purgeAlertCounts,
      purgeAlerts(policy),
      purgePast(policy),
      purgeLevels(policy),
      purgeKeptAnswers,
      purgeClientTokens,
      purgeCodes,
      purgeWebhooks(policy),
    ]),
  ]
  const loop = createJobLoop(jobs, {
    newContext: () => systemContext(parts),
    leases: storage.engine === 'sqlite' ? noLeases : sharedLeases(Buffer.from(world.random(8)).toString('hex')),
    report,
  })
  parts.onCommit(loop.heard)
  await settleReaders(systemContext(parts), readers)
  return loop
}
