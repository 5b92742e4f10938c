/** A kineto trace of any length in bounded memory, for measurements: one recording repeated, each time later and with other correlations. */
import { caseScenario } from './cases.ts'
import { kinetoOffsetNs, kinetoOriginNs } from './kineto/dialect.ts'
import { openTrace } from './kineto/write-kineto.ts'
import type { Plan, RankPlan } from './plan.ts'
import { recordScenario } from './record.ts'
import { deviceTruth } from './truth.ts'

export interface BigTraceOptions {
  /** Length of the JSON text, to within one repetition (about 1.5 MB). */
  readonly bytes: number
  readonly gzip: boolean
  readonly seed: number
}

export interface BigTraceTruth {
  readonly originNs: string
  readonly kernels: { readonly count: number; readonly sumNs: number }
  readonly busyNs: number
  readonly firstStartNs: number
  readonly lastEndNs: number
  readonly steps: number
}

function shifted(rank: RankPlan, byNs: number, correlations: number): RankPlan {
  const move = <T extends { startNs: number; endNs: number }>(row: T): T => ({
    ...row,
    startNs: row.startNs + byNs,
    endNs: row.endNs + byNs,
  })
  const renumber = <T extends { startNs: number; endNs: number; correlation: number }>(row: T): T => ({
    ...move(row),
    correlation: row.correlation + correlations,
  })
  return { ...rank, activities: rank.activities.map(renumber), calls: rank.calls.map(renumber), ranges: rank.ranges.map(move), osCalls: [] }
}

/** Writes the trace and returns what is true of it. */
export async function writeBigTrace(path: string, options: BigTraceOptions): Promise<BigTraceTruth> {
  const scenario = { ...caseScenario('annotations-vllm', options.seed, 'kineto'), steps: 16 }
  const plan: Plan = recordScenario(scenario, { resolutionNs: 1 })
  const rank = plan.ranks[0] as RankPlan
  const once = deviceTruth(rank, plan.steps, 0, true)
  const correlations = Math.max(...rank.calls.map(({ correlation }) => correlation)) + 1
  const spanNs = plan.endNs - once.firstStartNs
  const trace = openTrace(path, plan, rank, { dialect: 'current', gzip: options.gzip })
  let rounds = 0
  while (trace.length < options.bytes) {
    await trace.addRows(rounds === 0 ? rank : shifted(rank, rounds * spanNs, rounds * correlations))
    rounds += 1
  }
  await trace.finish()
  const offsetNs = kinetoOffsetNs('current')
  return {
    originNs: kinetoOriginNs('current'),
    kernels: { count: once.kernels.count * rounds, sumNs: once.kernels.sumNs * rounds },
    busyNs: once.busyNs * rounds,
    firstStartNs: once.firstStartNs + offsetNs,
    lastEndNs: once.lastEndNs + (rounds - 1) * spanNs + offsetNs,
    steps: plan.steps.length * rounds,
  }
}
