import { syslogMessage } from '../formats/syslog.ts'
import type { LogReader } from '../log-reader.ts'
import { showEvent } from '../show-event.ts'
import type { SyslogLine } from './syslog-line.ts'

/**
 * Sends the record of all tenants on, from the day on which it is set up. It sends as it reads, before its cursor moves: what may have been
 * lost on the way to the collector comes again, and so may what was not.
 */
export function syslogReader({ line, host }: { readonly line: SyslogLine; readonly host: string }): LogReader {
  return {
    name: 'syslog',
    begins: 'now',
    sends: true,
    async read(_ctx, events) {
      await line.send(events.map((event) => syslogMessage(showEvent(event), host)))
      return []
    },
  }
}
