import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { defaultPolicy, type Policy } from '@gatehouse/contract/policy'
import type { Parts } from './app.ts'
import { findTenantId } from './clients/find-tenant-id.ts'
import type { Config } from './config.ts'
import { findOpening } from './epoch/find-opening.ts'
import { requestWatch } from './http/watch-requests.ts'
import type { TenantId } from './kernel/ids.ts'
import type { World } from './kernel/moment.ts'
import { hasKeys } from './keys/key.store.ts'
import { loadKeyFiles, wrappingKeysIn } from './keys/key-file.ts'
import { openKeyring } from './keys/keyring.ts'
import { recordKey, recordOpening } from './keys/record-keys.ts'
import { requestTimes } from './levels/request-times.ts'
import { refusalTally } from './log/refusal-tally.ts'
import { openSyslogLine } from './log/syslog/syslog-line.ts'
import { captureMessages } from './messages/captured-messages.ts'
import type { Channel, Channels } from './messages/channel.ts'
import { createSender } from './messages/sender.ts'
import { countSms } from './messages/sms/count-sms.ts'
import type { CustomTemplates } from './messages/templates/custom-templates.ts'
import { wordFinder } from './messages/templates/find-words.ts'
import { openPasskeySite } from './open-passkey-site.ts'
import { openPush } from './open-push.ts'
import { openWitnesses, openWitnessing } from './open-witnesses.ts'
import { operatorContext } from './operator-context.ts'
import { startPasswordHasher } from './passwords/password-hasher.ts'
import { openPlaces } from './places/place-finder.ts'
import { removeDrafts } from './remove-drafts.ts'
import { startError } from './storage/start-error.ts'
import type { Reader } from './storage/storage.ts'
import { watchCommits } from './watch-commits.ts'
import { openWebhooks } from './webhooks/open-webhooks.ts'

/** What a server is made of, open and ready. */
export type OpenParts = Parts & {
  /** Undefined where nobody reads figures. */
  readonly metricsUrl: string | undefined
  close(): Promise<void>
}

export interface OpenOptions {
  readonly world: World
  /** Defaults where nothing is said. */
  readonly policy?: Policy
  /** True for a server; the command line works beside a running one. */
  readonly exclusive: boolean
  /** Which command of the operator opens the data; a server unless it is said. */
  readonly command?: string | undefined
  readonly publicUrl: string
  readonly reportFailure: Parts['reportFailure']
  /** Keeps messages for the outbox page, in place of sending them, where no channel is set up. For development and tests. */
  readonly keepsMessages?: boolean
  /** For tests and the bench: makes each commit of the embedded database last longer, as a slower disk would. */
  readonly syncDelayMs?: number
}

/**
 * Opens database, keys and password hashing. Keys are made for a database that is new, and for no other.
 * @throws Error, one sentence for the operator; nothing has been changed then
 */
export async function openParts(config: Config, options: OpenOptions): Promise<OpenParts> {
  const { world, publicUrl, reportFailure, policy = defaultPolicy() } = options
  const opened = await openStorage(config, options)
  const { storage, onCommit } = watchCommits(opened.storage)
  const { keyEncryptionKey } = opened
  try {
    if (options.exclusive) removeDrafts(config, world.now())
    const opener = operatorContext({ storage, world })
    const wrapping = wrappingKeysIn(config.keyFolder)
    const keys = await openKeyring(storage, wrapping, opener, recordKey(opener))
    await recordOpening(opener, keyEncryptionKey, { command: options.command })
    const hasher = startPasswordHasher(keys, {
      // One is left to those who are signed in (decision 15).
      inFlight: Math.max(1, availableParallelism() - 1),
      maxWaitMs: policy.passwordQueueMs,
    })
    const { serviceName, language } = config
    const outbox = options.keepsMessages ? captureMessages(world) : undefined
    const findPlace = openPlaces(config.placesFile)
    const push = openPush(config, { world, storage, keys, policy, publicUrl })
    const channels = {
      ...(await openChannels(config, outbox, { world, policy })),
      ...(push.channel && { push: push.channel }),
    }
    const findWords = wordFinder(storage, await templatesByTenant(storage, config.customTemplates))
    const sending = { serviceName, language, findWords }
    const sender = createSender({ world, storage, keys, channels, outbox, ...sending, reportFailure })
    const captchaProvider = await openCaptchaProvider(config.captchaAccount)
    const passkeys = await openPasskeySite(config, { storage, world, publicUrl })
    const webhooks = openWebhooks(config, policy)
    const requests = requestWatch()
    const times = requestTimes(world)
    requests.onAnswered(times.answered)
    const metrics =
      options.exclusive && config.metrics
        ? await openMetrics({ storage, world, onCommit, requests, reportFailure }, config.metrics)
        : undefined
    const syslog = config.syslog && openSyslogLine(config.syslog)
    const { witnesses, close: closeWitnesses } = openWitnesses(config)
    const close = async () => {
      await metrics?.close()
      syslog?.close()
      await closeWitnesses()
      await sender.stop()
      for (const channel of Object.values<Channel>(channels)) channel.close?.()
      await webhooks.line.close()
      await hasher.close()
      await captchaProvider?.close()
      await storage.close()
    }
    return {
      world,
      policy,
      opensAt: await findOpening(storage, policy),
      storage,
      onCommit,
      requests,
      requestTimes: times,
      refusals: refusalTally(),
      metricsUrl: metrics?.url,
      keys,
      wrapping,
      findPlace,
      hasher,
      channels,
      pushTransports: push.transports,
      outbox,
      sender,
      adminMail: config.adminMail,
      syslog,
      witnesses,
      witnessing: openWitnessing(config, keys, publicUrl),
      captchaProvider,
      publicUrl,
      serviceName,
      words: { keys, ...sending },
      passkeys,
      webhooks,
      reportFailure,
      close,
    }
  } catch (error) {
    await storage.close()
    throw error
  }
}

async function templatesByTenant(db: Reader, bySlug: Config['customTemplates']) {
  const byTenant = new Map<TenantId, CustomTemplates>()
  for (const [slug, templates] of Object.entries(bySlug)) {
    const id = await findTenantId(db, slug)
    if (!id) throw startError(`GATEHOUSE_MESSAGES has words for the tenant ${slug}, and there is no such tenant.`)
    byTenant.set(id, templates)
  }
  return byTenant
}

/** What is set up; in its place, where there is one, the outbox that keeps messages. Each brings its library only when in use. */
async function openChannels(
  { mail, sms }: Config,
  outbox: Channel | undefined,
  { world, policy }: { readonly world: World; readonly policy: Policy },
): Promise<Channels> {
  const email = mail ? (await import('./messages/mail/smtp-channel.ts')).smtpChannel(mail) : outbox
  const texts = sms ? (await import('./messages/sms/sms-channel.ts')).smsChannel(sms, world) : outbox
  const counting = { policy, countries: sms?.countries ?? ['any'] }
  const count: Channel['count'] = (ctx, about) => countSms(ctx, counting, about)
  return { ...(email && { email }), ...(texts && { sms: { ...texts, count } }) }
}

async function openStorage(config: Config, { world, exclusive, syncDelayMs = 0 }: OpenOptions) {
  const { databaseUrl, databaseFile, keyFolder, encryptDatabase } = config
  if (databaseUrl) {
    // Each engine brings its driver: only the one in use is loaded.
    const { openPostgres } = await import('./storage/open-postgres.ts')
    const storage = await openPostgres({ url: databaseUrl })
    try {
      const mayCreate = !(await hasKeys(storage))
      return { storage, ...loadKeyFiles(keyFolder, { mayCreate, random: world.random }) }
    } catch (error) {
      await storage.close()
      throw error
    }
  }
  const mayCreate = !existsSync(databaseFile)
  const files = loadKeyFiles(keyFolder, { mayCreate, random: world.random })
  const { openSqlite } = await import('./storage/open-sqlite.ts')
  const key = encryptDatabase ? files.databaseKey : undefined
  const nowMs = world.now().getTime()
  return { storage: await openSqlite({ file: databaseFile, key, exclusive, nowMs, syncDelayMs }), ...files }
}

/** Whoever reads no figures pays for none. */
async function openMetrics(...given: Parameters<typeof import('./serve-metrics.ts').serveMetrics>) {
  const { serveMetrics } = await import('./serve-metrics.ts')
  return serveMetrics(...given)
}

/** What most installations do not use is loaded by those that do. */
async function openCaptchaProvider(account: Config['captchaAccount']) {
  if (!account) return undefined
  const { openProvider } = await import('./guard/captcha/ask-provider.ts')
  return openProvider(account)
}
