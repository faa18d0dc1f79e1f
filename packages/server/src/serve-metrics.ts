import type { Parts } from './app.ts'
import { version } from './kernel/version.ts'
import { listenForScrapes, type MetricsAddress, type MetricsDoor } from './metrics/listen.ts'
import { openMetrics } from './metrics/open-metrics.ts'

/** Counts from now on, and lets Prometheus ask. This file is loaded by servers that are set up for it, and by no other. */
export async function serveMetrics(
  {
    storage,
    world,
    onCommit,
    requests,
    reportFailure,
  }: Pick<Parts, 'storage' | 'world' | 'onCommit' | 'requests' | 'reportFailure'>,
  address: MetricsAddress,
): Promise<MetricsDoor> {
  const report = (error: unknown) => reportFailure(error, 'metrics')
  const metrics = await openMetrics({ db: storage, world, version, reportFailure: report })
  onCommit(metrics.committed)
  requests.onAnswered(metrics.answered)
  return listenForScrapes(address, metrics, report)
}
