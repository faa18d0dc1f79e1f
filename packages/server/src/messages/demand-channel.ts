import type { ChannelName } from '@gatehouse/contract/messages'
import { Fault } from '../kernel/fault.ts'
import type { Channels } from './channel.ts'

/**
 * For what cannot work without a message: asked before anything is promised.
 * @throws Fault `channel_not_configured`
 */
export function demandChannel(channels: Channels, name: ChannelName): void {
  if (!channels[name]) throw new Fault('channel_not_configured', { detail: `No channel for ${name} is set up.` })
}
