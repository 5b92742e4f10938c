/** One read of one trace in a process of its own: prints its figures as JSON. Arguments: FILE [NEED…]. */
import { statSync } from 'node:fs'
import { defaultReadLimits } from '#model/reader.ts'
import { type TimelineNeed, timelineNeeds } from '#model/timeline.ts'
import { kinetoReader } from '#readers/kineto/reader.ts'

const [path = '', ...needs] = process.argv.slice(2)
const size = statSync(path).size
const began = performance.now()
const { capture, losses } = await kinetoReader.read(
  { path, name: 'bench', isDirectory: false, isGzip: path.endsWith('.gz'), size },
  { needs: new Set(timelineNeeds.filter((need: TimelineNeed) => needs.includes(need))), limits: defaultReadLimits },
)
const seconds = (performance.now() - began) / 1000
const cpu = process.cpuUsage().user / 1e6
const durations = capture.timeline?.kernels.durationNs ?? new Uint32Array(0)
let kernelNs = 0
for (const durationNs of durations) kernelNs += durationNs
process.stdout.write(
  JSON.stringify({
    seconds,
    cpuSeconds: cpu,
    maxRssMb: process.resourceUsage().maxRSS / 1024,
    kernels: durations.length,
    kernelNs,
    losses: losses.length,
  }),
)
