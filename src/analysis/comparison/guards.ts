/** What must hold before statistics are worth anything (facts/baselines.md section 7, item 7). */
import { DEFAULT_MAX_ERROR_RATIO } from '#analysis/load/validity.ts'
import type { BaselineDiff } from '#formats/baseline-diff.ts'
import type { InferencePerfbench, PerfbenchCell } from '#formats/inference-perfbench.ts'

export type FailedGuard = BaselineDiff['statistical']['guards'][number]

interface Tally {
  readonly errors: number
  readonly requests: number | undefined
}

/** Errors and requests over the runs of a cell, or of the cell itself. */
function tallyOf(cell: PerfbenchCell): Tally {
  const parts = cell.runs ?? [cell]
  const errors = parts.reduce((sum, part) => sum + (part.errors ?? 0), 0)
  const known = parts.every(({ requests }) => typeof requests === 'number')
  return {
    errors: errors > 0 ? errors : (cell.errors ?? 0),
    requests: known ? parts.reduce((sum, part) => sum + (part.requests ?? 0), 0) : undefined,
  }
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** Reasons that a tool left in the document itself: `invalid: ["…"]` of the document, a cell or a run. */
function selfDeclared(side: string, document: InferencePerfbench): FailedGuard[] {
  const cells = Object.entries(document.metrics).flatMap(([concurrency, cell]) => [
    ...texts(cell['invalid']).map((text) => `c${concurrency}: ${text}`),
    // As `sextant drive` writes it.
    ...(cell['validity'] === 'invalid' ? [`c${concurrency}: the load generator judged its own run INVALID`] : []),
    ...(cell.runs ?? []).flatMap((run) => texts(run['invalid']).map((text) => `c${concurrency} ${run.run}: ${text}`)),
  ])
  return [...texts(document['invalid']), ...cells].map((text) => ({ guard: 'declared-invalid', text: `${side}: ${text}` }))
}

function errorGuards(side: string, document: InferencePerfbench): FailedGuard[] {
  return Object.entries(document.metrics).flatMap(([concurrency, cell]) => {
    const { errors, requests } = tallyOf(cell)
    const ratio = requests === undefined ? Number.NaN : errors / (errors + requests)
    if (!(errors > 0) || !(ratio > DEFAULT_MAX_ERROR_RATIO)) return []
    const text = `${side}, c${concurrency}: ${errors} of ${errors + (requests ?? 0)} requests failed (${(ratio * 100).toFixed(1)} %; at most ${DEFAULT_MAX_ERROR_RATIO * 100} %)`
    return [{ guard: 'error-rate', text }]
  })
}

export function failedGuards(baseline: InferencePerfbench, current: InferencePerfbench, context: BaselineDiff['context']): FailedGuard[] {
  const undeclared = context.differences.filter(({ standing }) => standing === 'undeclared')
  return [
    ...undeclared.map(({ key, baseline: from, current: to }) => ({
      guard: 'context',
      text: `${key} differs (${from} → ${to}) and is not the declared factor: if it is what changed on purpose, give --factor ${key}`,
    })),
    ...errorGuards('baseline', baseline),
    ...errorGuards('current run', current),
    ...selfDeclared('baseline', baseline),
    ...selfDeclared('current run', current),
  ]
}
