import type { AddressInfo } from 'node:net'
import { createApp } from '@gatehouse/server/app'
import { parseConfig } from '@gatehouse/server/config'
import { machineWorld } from '@gatehouse/server/main'
import { entranceOf } from '@gatehouse/server/open-entrance'
import { openParts } from '@gatehouse/server/open-parts'

// The built server with a disk that is slower than the one at hand: no setting of the product can do that by accident.
// node bench/slow-server.ts MILLISECONDS
const result = parseConfig(process.env)
if (!result.ok) throw new Error(result.errors.join(' '))
const { config } = result
const parts = await openParts(config, {
  world: machineWorld(),
  exclusive: true,
  publicUrl: `http://localhost:${config.port}`,
  reportFailure: (error) => console.error(error),
  syncDelayMs: Number(process.argv[2]),
})
const http = createApp(parts, entranceOf(config, 'production'))
await http.listen({ host: config.host, port: config.port })
console.log(JSON.stringify({ url: `http://localhost:${(http.server.address() as AddressInfo).port}` }))
process.on('SIGTERM', () => void http.close().then(parts.close))
