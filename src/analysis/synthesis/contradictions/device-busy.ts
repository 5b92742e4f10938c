/** nsys: share of a step in which the device works. DCGM: share of the window in which its engine was active. */
import { jsonPointer } from '#base/json-pointer.ts'
import type { Compare, ComparisonInput } from './comparison.ts'
import { edgeError, gpuSpread } from './device-window.ts'

/** Busy ratio of the captures over their whole span, per device: it holds prompts and pauses that a decode step does not. */
function spanRatios({ readings }: ComparisonInput): number[] {
  return readings.timed.flatMap(({ kind, timeline }) =>
    kind === 'nsys' ? (timeline?.output.devices.map(({ busyRatio }) => busyRatio) ?? []) : [],
  )
}

export const deviceBusy: Compare = (input) => {
  const { evidence, readings, book, tolerances } = input
  const { dcgm, budget } = readings
  const active = evidence.device?.engineActiveRatio
  if (dcgm === undefined || budget === undefined || active === undefined || evidence.step?.overhead !== 'low') return undefined
  const measured = [...budget.output.devices.entries()].filter(([, { busyRatio }]) => busyRatio !== undefined)
  const ratios = measured.map(([at]) => book.cite(budget, jsonPointer('devices', at, 'busyRatio')))
  const sum = book.derive('sum', ratios)
  const busy = ratios.length === 1 ? ratios[0] : book.derive('ratio', [sum, ratios.length])
  if (busy === undefined) return undefined
  const own = measured.map(([, { busyRatio = 0 }]) => busyRatio)
  const all = [...own, ...spanRatios(input)]
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const outside = active.value < low ? active.value - low : active.value > high ? active.value - high : 0
  const error = edgeError(dcgm)
  return {
    id: 'device-busy',
    topic: ['device-busy', 'host'],
    says: [
      { source: 'nsys', what: 'busy share of a decode step, mean over traced devices', unit: 'ratio', figure: busy },
      { source: 'dcgm', what: 'engine active over the window, mean over GPUs', unit: 'ratio', figure: active },
    ],
    difference: outside,
    tolerance:
      tolerances.counterSampling.value + (tolerances.tracing.value + error) * busy.value + gpuSpread(dcgm, 'graphics-engine-active'),
    toleranceFrom: 'tracing (5 %), edges of the counter’s window, spread over GPUs; beyond what steps and whole captures of the trace span',
    likelyCauses:
      outside < 0
        ? [
            'the counter’s window holds idle time before or after the load',
            'the traced stretch was busier than the run',
            'rows of the trace overlap work that the counter does not see as busy',
          ]
        : ['the trace lost device rows', 'another process uses the GPUs', 'the traced stretch was less loaded than the run'],
    settledBy: 'DCGM at 1 s over exactly the traced window',
  }
}
