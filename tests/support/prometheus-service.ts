/** Prometheus and VictoriaMetrics with a generated history inside. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DcgmHistory } from '../../sim/dcgm/history.ts'
import { importLines, joined, writeOpenMetrics } from '../../sim/dcgm/write.ts'
import { hasProgram, type Service, startService } from './service.ts'

/** Undefined where it can be started; else why not, for `context.skip`. */
export const prometheusAbsent: string | undefined =
  hasProgram('prometheus') && hasProgram('promtool') ? undefined : 'Prometheus absent: scripts/provision-services.sh installs it on Debian'
export const victoriaAbsent: string | undefined = hasProgram('victoria-metrics')
  ? undefined
  : 'VictoriaMetrics absent: scripts/provision-services.sh installs it on Debian'

function backfill(file: string, data: string): void {
  const run = spawnSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, data], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`promtool: ${run.stderr}${run.stdout}`)
}

export interface PrometheusSetup {
  /** Writes OpenMetrics into the file. */
  readonly write?: (file: string) => void
  /** More flags of the server, such as a smaller limit of samples. */
  readonly flags?: readonly string[]
}

export function startPrometheus({ write, flags = [] }: PrometheusSetup): Promise<Service> {
  return startService({
    command: 'prometheus',
    readyPath: '/-/ready',
    prepare: (folder) => {
      mkdirSync(join(folder, 'data'))
      if (write === undefined) return
      const file = join(folder, 'history.om')
      write(file)
      backfill(file, join(folder, 'data'))
    },
    arguments: (port, folder) => [
      '--config.file=/dev/null',
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--storage.tsdb.retention.time=3650d',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
      ...flags,
    ],
  })
}

export function prometheusWith(history: DcgmHistory, flags: readonly string[] = []): Promise<Service> {
  return startPrometheus({ write: (file) => writeOpenMetrics(file, history), flags })
}

export function startVictoria(flags: readonly string[] = []): Promise<Service> {
  return startService({
    command: 'victoria-metrics',
    readyPath: '/health',
    arguments: (port, folder) => [
      `-storageDataPath=${join(folder, 'data')}`,
      '-retentionPeriod=100y',
      `-httpListenAddr=127.0.0.1:${port}`,
      '-loggerLevel=WARN',
      ...flags,
    ],
  })
}

/** Imports lines `name{labels} value ms`, and waits until they can be read. */
export async function importInto(service: Service, lines: Iterable<string>): Promise<void> {
  for (const body of joined(lines)) {
    const answer = await fetch(`${service.url}/api/v1/import/prometheus`, { method: 'POST', body })
    if (!answer.ok) throw new Error(`import: ${answer.status} ${await answer.text()}`)
  }
  await fetch(`${service.url}/internal/force_flush`)
}

export async function victoriaWith(history: DcgmHistory): Promise<Service> {
  const service = await startVictoria()
  try {
    await importInto(service, importLines(history))
  } catch (error) {
    await service.stop()
    throw error
  }
  return service
}
