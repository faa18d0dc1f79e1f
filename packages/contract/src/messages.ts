/** The ways on which a message reaches a person. */
export const channelNames = ['email', 'sms', 'push'] as const
export type ChannelName = (typeof channelNames)[number]

/** The languages that every message is written in. */
export const languages = ['en', 'de'] as const
export type Language = (typeof languages)[number]

/**
 * What a value of a message is. `ours`: words and numbers of the server. `free`: words that a stranger may have chosen;
 * what could become a link is taken out. `link`: an address of the server itself.
 */
export type ValueNature = 'ours' | 'free' | 'link'

interface MessageForm {
  readonly channels: readonly ChannelName[]
  /** What its text may speak of, besides `service`, the name of the service. */
  readonly values: Readonly<Record<string, ValueNature>>
}

/** Every message that the server sends, and what each speaks of. */
export const messages = {
  code: { channels: ['email', 'sms'], values: { code: 'ours', minutes: 'ours' } },
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
