/** The gate over documents that a test makes. */

import { join } from 'node:path'
import { buildDiff, type DiffOptions } from '../../src/analysis/comparison/build-diff.ts'
import { compileTolerances } from '../../src/analysis/comparison/tolerances.ts'
import type { BaselineDiff } from '../../src/formats/baseline-diff.ts'
import type { InferencePerfbench } from '../../src/formats/inference-perfbench.ts'
import { loadTolerances } from '../../src/pipeline/tolerances.ts'
import { checkoutRoot } from './checkout.ts'

export const shippedTolerances = loadTolerances(join(checkoutRoot, 'configs'))

export type Gated = Omit<BaselineDiff, 'sources'>

export function gate(
  baseline: InferencePerfbench,
  current: InferencePerfbench,
  options: Partial<DiffOptions> & { readonly overrides?: readonly string[]; readonly notes?: readonly [string, string] } = {},
): Gated {
  const { overrides = [], notes, ...rest } = options
  const [of, to] = notes ?? []
  return buildDiff(
    { document: baseline, source: 'baseline.json', ...(of === undefined ? {} : { notes: of }) },
    { document: current, source: 'current.json', ...(to === undefined ? {} : { notes: to }) },
    {
      family: 'inference',
      measurement: 'm-perfbench-v1',
      tolerances: compileTolerances(shippedTolerances, overrides),
      umbrellaTolerancePercent: 5,
      factors: [],
      noise: () => undefined,
      gate: 'auto',
      ...rest,
    },
  )
}

export function rowOf(diff: Gated, id: string): Gated['rows'][number] {
  const row = diff.rows.find((each) => each.id === id)
  if (row === undefined) throw new Error(`no row ${id}: ${diff.rows.map((each) => each.id).join(', ')}`)
  return row
}

/** A document with one value per figure; `cells` replaces or adds concurrencies. */
export function documentOf(changes: Partial<InferencePerfbench> = {}): InferencePerfbench {
  return { schema: 'inference_perfbench_v1', model: 'm', metrics: { 16: { throughput_toks_per_s: 4000, ttft_p50_ms: 200 } }, ...changes }
}
