/** The ways on which a message reaches a person. */
export const channelNames = ['email', 'sms', 'push'] as const
export type ChannelName = (typeof channelNames)[number]

/** The languages that every message is written in. */
export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

/**
 * What a value of a message is. `ours`: words and numbers of the server. `free`: words that a stranger may have chosen;
 * what could become a link is taken out. `action`: what an application has asked for, with its numbers. `link`: an address of the server itself. `time`: RFC 3339, shown in the words of
 * the language; `agent`: a User-Agent, shown as the program and the system that it names; `factor`: a type of factor.
 */
export type ValueNature = 'ours' | 'free' | 'action' | 'link' | 'time' | 'agent' | 'factor'

interface MessageForm {
  readonly channels: readonly ChannelName[]
  /** What its text may speak of, besides `service`, the name of the service. */
  readonly values: Readonly<Record<string, ValueNature>>
}

/** When and from where a thing was done that its owner is told of. */
const circumstances = { at: 'time', ip: 'ours', agent: 'agent' } as const

function notice<Values extends Readonly<Record<string, ValueNature>>>(values: Values) {
  return { channels: ['email'], values: { ...circumstances, ...values } } as const
}

/** Every message that the server sends, and what each speaks of. */
export const messages = {
  code: { channels: ['email', 'sms'], values: { code: 'ours', minutes: 'ours' } },
  /** A code that lets one thing happen, which the reader is told. */
  approval_code: { channels: ['email', 'sms'], values: { code: 'ours', minutes: 'ours', action: 'action' } },
  /** To an address that was a factor, when it is none any more. */
  address_removed: { channels: ['email', 'sms'], values: {} },
  /** Wakes a device. What it is about the device asks for itself. */
  push_request: { channels: ['push'], values: {} },
  push_denied: notice({}),
  push_stopped: notice({}),
  new_device: notice({ link: 'link' }),
  unusual_sign_in: notice({ link: 'link' }),
  sign_in_refused: notice({ link: 'link' }),
  sign_in_disowned: notice({}),
  account_locked: notice({}),
  password_reset: notice({ ends: 'time', link: 'link' }),
  registration: notice({ ends: 'time', link: 'link' }),
  /** To whoever has an account, when somebody registers with the address. */
  registration_known: notice({}),
  password_changed: notice({}),
  email_changed: notice({}),
  phone_changed: { channels: ['email', 'sms'], values: circumstances },
  /** To an address that somebody wanted to give to another account. */
  address_in_use: { channels: ['email'], values: {} },
  factor_added: notice({ factor: 'factor' }),
  factor_removed: notice({ factor: 'factor' }),
  factor_suspended: notice({ factor: 'factor' }),
  mfa_month_limit: notice({}),
  mfa_reset: notice({}),
  recovery_code_used: notice({ left: 'ours' }),
  recovery_codes_low: notice({ left: 'ours' }),
  access_pass: { channels: ['email'], values: { code: 'ours', ends: 'time' } },
  access_pass_issued: notice({ ends: 'time' }),
  access_pass_used: notice({}),
  recovery_requested: notice({ ends: 'time', link: 'link' }),
  factor_expiring: { channels: ['email'], values: { factor: 'factor', ends: 'time' } },
  admin_recovery_code_used: notice({ user: 'ours', left: 'ours' }),
  admin_recovery_requested: notice({ user: 'ours', ends: 'time' }),
  admin_access_pass_used: notice({ user: 'ours' }),
  admin_secret_due: { channels: ['email'], values: { client: 'free', ends: 'time' } },
  admin_webhook_disabled: { channels: ['email'], values: { endpoint: 'ours', at: 'time' } },
  admin_alert: { channels: ['email'], values: { at: 'time', alert: 'free' } },
} as const satisfies Record<string, MessageForm>

export type MessageKind = keyof typeof messages

/** A kind of message with all that its text needs. */
export type MessageContent = {
  readonly [K in MessageKind]: {
    readonly kind: K
    readonly values: { readonly [V in keyof (typeof messages)[K]['values']]: string }
  }
}[MessageKind]

/** A message as whoever decides on it describes it. Describing sends nothing. */
export type Message = MessageContent & {
  readonly channel: ChannelName
  /** One e-mail address, telephone number (E.164) or device. */
  readonly to: string
  /** From then on it is of no use, and is not sent any more. */
  readonly notAfter: Date
  /** That of the server unless given. */
  readonly language?: Language | undefined
  /** What it is about: `replaceMessages` calls back all that still wait under this name. */
  readonly topic?: string | undefined
  /** Of all messages with the same key only the first is sent. Nothing of the key is stored but its digest. */
  readonly onceKey?: string | undefined
}
