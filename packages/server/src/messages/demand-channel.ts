import type { ChannelName } from '@gatehouse/contract/messages'
import { Fault } from '../kernel/fault.ts'
import type { Channel, Channels } from './channel.ts'

/**
 * For what cannot work without a message: asked before anything is promised.
 * @throws Fault `channel_not_configured`
 */
export function demandChannel(channels: Channels, name: ChannelName): Channel {
  const channel = channels[name]
  if (!channel) throw new Fault('channel_not_configured', { detail: `No channel for ${name} is set up.` })
  return channel
}
