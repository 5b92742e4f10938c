/** ncu: the SM clock while kernels were measured. DCGM: the SM clock over the window. */

import type { Cited } from '#analysis/synthesis/evidence.ts'
import type { CountersDocument } from '#analysis/synthesis/parts/counted.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import type { Compare, ComparisonInput } from './comparison.ts'

const clockMetrics = ['sm__cycles_elapsed.avg.per_second', 'gpc__cycles_elapsed.avg.per_second'] as const
/** Launches whose clocks are taken: enough for a median. */
const MOST_LAUNCHES = 25

/** Median over the first launches. Undefined where the profiler locked the clock: then it says nothing of serving. */
function profiledClock(document: CountersDocument, { book }: ComparisonInput): Cited | undefined {
  const { results, metricUnits } = document.output
  if (results.some(({ clock }) => clock?.locked === true)) return undefined
  const name = clockMetrics.find((each) => metricUnits[each] === undefined || /^hz$/i.test(metricUnits[each] ?? ''))
  const metric = clockMetrics.find((each) => results.some(({ metrics }) => typeof metrics[each] === 'number')) ?? name
  if (metric === undefined || !/^(hz)?$/i.test(metricUnits[metric] ?? '')) return undefined
  const clocks = results.slice(0, MOST_LAUNCHES).map((_, at) => book.cite(document, jsonPointer('results', at, 'metrics', metric)))
  const known = clocks.filter((each) => each !== undefined)
  return known.length === 0 ? undefined : known.length === 1 ? known[0] : book.derive('median', known)
}

export const clocks: Compare = (input) => {
  const { evidence, readings, tolerances } = input
  const served = evidence.device?.smClockHz
  const [document] = readings.counters
  if (served === undefined || served.value <= 0 || document === undefined) return undefined
  const profiled = profiledClock(document, input)
  if (profiled === undefined || profiled.value <= 0) return undefined
  return {
    id: 'clocks',
    topic: ['clocks', 'counters'],
    says: [
      { source: 'ncu', what: 'SM clock while kernels were measured, median', unit: 'Hz', figure: profiled },
      { source: 'dcgm', what: 'SM clock over the window, mean', unit: 'Hz', figure: served },
    ],
    difference: served.value / profiled.value - 1,
    tolerance: tolerances.clocks.value,
    toleranceFrom: '3 % of the profiled clock',
    likelyCauses: [
      'ncu locks clocks to their base unless --clock-control none is given',
      'power or heat held the clock down in one of the two',
      'the counter’s window holds idle time, in which the clock falls',
    ],
    settledBy: 'ncu --clock-control none, and the clock’s minimum and maximum of the window',
  }
}
