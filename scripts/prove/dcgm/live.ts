/** Points of the live half: client, probe, faults and speed, each against real servers where it speaks of them. */
import { prometheusAbsent, victoriaAbsent } from '../../../tests/support/prometheus-service.ts'
import { type Point, shownByTests } from '../point.ts'

/** Tests whose server is missing are skipped, and skipped tests show nothing. */
function withServers(point: Point): Point {
  const absent = prometheusAbsent ?? victoriaAbsent
  return absent === undefined ? point : { title: point.title, prove: () => ({ holds: false, figure: absent }) }
}

export const livePoints: readonly Point[] = [
  withServers(
    shownByTests(
      '1 every sample of a generated history, from real Prometheus and VictoriaMetrics, at any window edges, whole, split or step by step',
      {
        paths: ['tests/prometheus-live.test.ts'],
      },
    ),
  ),
  withServers(
    shownByTests('1 probe: names, labels, GPUs, pods, spacing of exporters 3.x, 4.5, 4.8 and 4.9, honor_labels on and off', {
      paths: ['tests/dcgm-probe.test.ts', 'src/analysis/dcgm-probe'],
    }),
  ),
  shownByTests('1 the generator agrees with its own truth', { paths: ['sim/dcgm'] }),
  shownByTests('4 each fault of a server has its own error', { paths: ['src/sources/prometheus'] }),
  withServers(
    shownByTests('5 a day of 64 GPUs at 15 s, every metric, under 10 s with bounded memory', {
      paths: ['tests/dcgm-day.test.ts'],
      slow: true,
    }),
  ),
]
