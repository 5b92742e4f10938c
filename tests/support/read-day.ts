/** Reads every metric of a window and prints what it cost: run as a process of its own, so that its memory is only its own. */

import { inParallel } from '../../src/pipeline/dcgm/in-parallel.ts'
import { openPrometheus } from '../../src/sources/prometheus/client.ts'

const [url = '', startMs = '', endMs = '', ...metrics] = process.argv.slice(2)
const before = process.resourceUsage()
const started = performance.now()
const source = openPrometheus(url, { env: {} })
// One metric after the other is reduced and let go, as a measurement does; only the number of samples is kept here.
const counts = await inParallel(metrics, async (metric) => {
  const { series, warnings } = await source.rawSamples(metric, Number(startMs), Number(endMs))
  return { series: series.length, samples: series.reduce((sum, { timesMs }) => sum + timesMs.length, 0), warnings: warnings.length }
})
await source.close()
const after = process.resourceUsage()
const figures = {
  seconds: (performance.now() - started) / 1000,
  cpuSeconds: (after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime) / 1e6,
  idleMiB: before.maxRSS / 1024,
  peakMiB: after.maxRSS / 1024,
  samples: counts.reduce((sum, { samples }) => sum + samples, 0),
  series: counts.reduce((sum, { series }) => sum + series, 0),
}
console.log(JSON.stringify(figures))
