/** Constructed counters: launches as plain objects of metric names and values, with the roles that the reader gives. */
import { CounterRow } from '#analysis/kernel-counters/counter-row.ts'
import { type LaunchContext, type LaunchWork, launchWork } from '#analysis/kernel-counters/work.ts'
import type { Capture } from '#model/capture.ts'
import type { CounterResult, KernelCounters } from '#model/kernel-counters.ts'
import { buildCapture } from '#readers/ncu/capture.ts'
import { CounterColumns } from '#readers/ncu/counter-columns.ts'
import { roleOfMetric } from '#readers/ncu/metric-roles.ts'
import { unitOfMetric } from '#readers/ncu/metric-units.ts'

export interface FixtureLaunch {
  readonly name?: string
  readonly metrics: Readonly<Record<string, number | string>>
  readonly rules?: CounterResult['rules']
}

export function counterCapture(launches: readonly FixtureLaunch[], computeCapability = '9.0'): Capture {
  const names = [...new Set(launches.flatMap(({ metrics }) => Object.keys(metrics)))]
  const columns = new CounterColumns()
  for (const { name = 'kernel', metrics, rules = [] } of launches) {
    for (const [metric, value] of Object.entries(metrics)) {
      if (typeof value === 'string') columns.text(names.indexOf(metric), value)
      else columns.number(names.indexOf(metric), value)
    }
    columns.result({ scope: 'kernel', functionName: name, demangledName: `${name}()`, device: 0, rules, nvtx: [] })
  }
  const finished = columns.finish((id) => {
    const name = names[id] ?? ''
    const [unit, role] = [unitOfMetric(name), roleOfMetric(name)]
    return { name, ...(unit === undefined ? {} : { unit }), ...(role === undefined ? {} : { role }) }
  })
  return buildCapture({
    kind: 'ncu-rep',
    columns: finished,
    processes: [],
    sections: [],
    devices: [{ ordinal: 0, processes: [], computeCapability }],
    holdsRules: true,
    facts: {},
    inventory: {},
  })
}

export function countersOf(launches: readonly FixtureLaunch[]): KernelCounters {
  const { kernelCounters } = counterCapture(launches)
  if (kernelCounters === undefined) throw new Error('a counter capture has counters')
  return kernelCounters
}

export function rowOf(metrics: FixtureLaunch['metrics']): CounterRow {
  const row = new CounterRow(countersOf([{ metrics }]))
  row.open(0)
  return row
}

export function workOf(metrics: FixtureLaunch['metrics'], context: LaunchContext = { isMatrixKernel: false }): LaunchWork {
  return launchWork(rowOf(metrics), context)
}
