/**
 * Device rows of a trace against its host rows: a device that seems idle while the host launched work that left no row. What would fool it: launches in
 * flight when recording ended and launches that only build a graph (coverage leaves both out), and failed launches (up to a hundredth is
 * normal). DCGM, where it is there, says how busy the device was over its own window.
 */

import type { Cited } from '#analysis/synthesis/evidence.ts'
import type { TimedReading } from '#analysis/synthesis/readings.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import type { Compare, Comparison, ComparisonInput, Said } from './comparison.ts'

export const idleUnderRecorded: Compare = (input) =>
  input.readings.timed.flatMap((each) => ofCapture(each, input) ?? []).toSorted((a, b) => b.difference - a.difference)[0]

function ofCapture(reading: TimedReading, input: ComparisonInput): Comparison | undefined {
  const { evidence, book, tolerances } = input
  const { timeline, kind, name } = reading
  if (timeline === undefined || timeline.output.coverage.underRecorded.state !== 'yes') return undefined
  const devices = [...timeline.output.devices.entries()].toSorted(([, a], [, b]) => a.busyRatio - b.busyRatio)
  const [at, device] = devices[0] ?? []
  const missing = missingRows(reading, input)
  if (at === undefined || device === undefined || missing === undefined) return undefined
  const idle = book.derive('difference', [1, book.cite(timeline, jsonPointer('devices', at, 'busyRatio'))])
  // A device without idle time claims none that missing rows could explain.
  if (idle === undefined || idle.value <= tolerances.missingRows.value) return undefined
  const active = evidence.device?.engineActiveRatio
  const counter: Said[] =
    active === undefined ? [] : [{ source: 'dcgm', what: 'engine active over its window, mean over GPUs', unit: 'ratio', figure: active }]
  return {
    id: 'idle-under-recorded',
    topic: ['device-busy', 'host', 'step-time'],
    says: [
      { source: kind, what: `device ${device.device} idle by its rows (${name})`, unit: 'ratio', figure: idle },
      { source: `${kind} host rows`, what: missing.what, unit: 'ratio', figure: missing.figure },
      ...counter,
    ],
    difference: missing.figure.value,
    tolerance: tolerances.missingRows.value,
    toleranceFrom: 'one launch in a hundred without a row: it moves the busy share by a point at most',
    likelyCauses: [
      'activity buffers overflowed, and rows of the device were lost: the idle time is not idle',
      'graphs were replayed in a mode that records no nodes',
      'the profiler missed a process or a stream',
    ],
    settledBy: 'a shorter window with --cuda-graph-trace=node and --cuda-flush-interval, and DCGM over the same seconds',
    onlyContradicts: true,
  }
}

/** The largest of what coverage counts as missing. */
function missingRows({ timeline }: TimedReading, { book }: ComparisonInput): { what: string; figure: Cited } | undefined {
  const cite = (...path: readonly string[]) => book.cite(timeline, jsonPointer('coverage', ...path))
  const present = cite('replays', 'presentRatio')
  const all: readonly (readonly [string, Cited | undefined])[] = [
    ['kernel launches that left no device row', book.derive('ratio', [cite('launches', 'withoutRows'), cite('launches', 'calls')])],
    [
      'graph launches that left no device row',
      book.derive('ratio', [cite('graphLaunches', 'withoutRows'), cite('graphLaunches', 'launches')]),
    ],
    ['kernels missing of those that graph replays should leave', book.derive('difference', [1, present])],
    ['parts of the window in which launches left no device row', cite('overTime', 'silentRatio')],
  ]
  const known = all.flatMap(([what, figure]) => (figure === undefined ? [] : [{ what, figure }]))
  return known.toSorted((a, b) => b.figure.value - a.figure.value)[0]
}
