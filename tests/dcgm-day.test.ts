/** A day of 64 GPUs at 15 s, every metric, from real servers: in under 10 s and with bounded memory. Without SEXTANT_SLOW=1 two hours of 16. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkoutRoot } from './support/checkout.ts'
import { writeDay } from './support/dcgm-day.ts'
import { prometheusAbsent, startPrometheus, startVictoria, victoriaAbsent } from './support/prometheus-service.ts'
import type { Service } from './support/service.ts'

const isSlow = process.env['SEXTANT_SLOW'] === '1'
const [hours, nodes] = isSlow ? [24, 8] : [2, 2]

/**
 * Issue 4: under 10 s. Judged by the processor time of client and server together, which is what it takes on one idle core: other work on
 * the machine must not decide. The elapsed time is printed beside it.
 */
const LIMIT_S = 10
/** Four answers at once, each one series of a day as text and one metric of a day as numbers, over what Node itself has. */
const LIMIT_MIB = 400

interface Figures {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly idleMiB: number
  readonly peakMiB: number
  readonly samples: number
  readonly series: number
}

/** User and system time of a process so far (proc(5), fields 14 and 15, in hundredths). */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const servers: readonly { readonly name: string; readonly absent: string | undefined; readonly start: () => Promise<Service> }[] = [
  { name: 'Prometheus', absent: prometheusAbsent, start: () => startPrometheus({ flags: ['--web.enable-remote-write-receiver'] }) },
  // Its own default would refuse 20 metrics of a day at once on a machine with little memory.
  { name: 'VictoriaMetrics', absent: victoriaAbsent, start: () => startVictoria() },
]

for (const { name, absent, start } of servers) {
  describe.skipIf(absent !== undefined)(absent ?? name, () => {
    test(`${hours} h of ${nodes * 8} GPUs at 15 s, every metric`, async () => {
      const service = await start()
      try {
        const day = await writeDay(service, hours, nodes)
        await fetch(`${service.url}/internal/force_flush`)
        const args = [
          '--import',
          'tsx',
          join(checkoutRoot, 'tests/support/read-day.ts'),
          service.url,
          String(day.startMs),
          String(day.endMs),
          ...day.metrics,
        ]
        const before = cpuSecondsOf(service.pid)
        const run = spawnSync(process.execPath, args, { cwd: checkoutRoot, encoding: 'utf8' })
        expect(run.stderr).toBe('')
        const figures = JSON.parse(run.stdout) as Figures
        const serverS = cpuSecondsOf(service.pid) - before
        const gained = figures.peakMiB - figures.idleMiB
        process.stdout.write(
          `figure: ${name}: ${hours} h of ${day.gpus} GPUs, ${day.metrics.length} metrics, ${figures.samples} samples: ${figures.cpuSeconds.toFixed(1)} s of CPU here and ${serverS.toFixed(1)} s in the server (${figures.seconds.toFixed(1)} s elapsed), ${gained.toFixed(0)} MiB of memory\n`,
        )
        expect([figures.samples, figures.series]).toEqual([day.samples, day.gpus * day.metrics.length])
        expect(figures.cpuSeconds + serverS).toBeLessThan(LIMIT_S)
        expect(gained).toBeLessThan(LIMIT_MIB)
      } finally {
        await service.stop()
      }
    })
  })
}
