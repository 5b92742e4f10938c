/** Captures without a timeline have a command of their own, which says what the four questions about timelines cannot. */
import { benchReaders } from '#readers/bench/readers.ts'

export interface OwnNext {
  readonly question: string
  readonly reason: string
  readonly next: string
}

const metricsKinds = ['metrics-text', 'aiperf-telemetry']

/** What to run on a file of this kind, with FILE for it; undefined where the questions about timelines are its own. */
export function ownCommand(kind: string): OwnNext | undefined {
  if (benchReaders.some((reader) => reader.kind === kind))
    return { question: 'client-view', reason: 'a result of a load generator', next: 'sextant bench-result FILE' }
  if (metricsKinds.includes(kind))
    return { question: 'endpoint-view', reason: 'a dump of a metrics endpoint', next: 'sextant metrics FILE' }
  return undefined
}
