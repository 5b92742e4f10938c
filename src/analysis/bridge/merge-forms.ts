/**
 * One run is often written several times: AIPerf leaves JSON, CSV, JSONL and a log, and a report in Markdown repeats them. Forms of one
 * run are merged, the most exact first; what only one of them says fills the gaps. Two files of one form are two runs, always.
 */
import { type PerfbenchFigure, perfbenchFigures } from '#formats/inference-perfbench.ts'
import type { RunFigures } from './run-figures.ts'

export interface FormedRun {
  readonly source: string
  readonly form: string
  readonly tool: string
  readonly run: RunFigures
}

export interface MergedRun {
  readonly sources: readonly string[]
  readonly run: RunFigures
  readonly notes: readonly string[]
}

/** Most exact first: exact numbers, then requests, then rounded tables, then what a person copied. */
const exactness = ['json', 'jsonl', 'csv', 'log', 'markdown']
const rank = (form: string): number => (exactness.includes(form) ? exactness.indexOf(form) : exactness.length)

/** Rounding to two or three digits, as logs and reports print, moves a figure by less; runs repeat worse than that only when noise is quiet. */
const SAME_RATIO = 0.005

/** Throughputs that agree, or one of them unknown. */
function isOneRun(a: RunFigures, b: RunFigures): boolean {
  const shared = perfbenchFigures.filter(
    (key) => a.figures[key] !== null && b.figures[key] !== null && a.definitions[key] === b.definitions[key],
  )
  return shared.every((key) => Math.abs((a.figures[key] ?? 0) - (b.figures[key] ?? 0)) <= SAME_RATIO * Math.abs(a.figures[key] ?? 0))
}

function filled(exact: RunFigures, other: RunFigures): RunFigures {
  const missing = perfbenchFigures.filter((key) => exact.figures[key] === null && other.figures[key] !== null)
  const figures = { ...exact.figures }
  const definitions: Record<string, string> = { ...exact.definitions }
  for (const key of missing as readonly PerfbenchFigure[]) {
    figures[key] = other.figures[key]
    const definition = other.definitions[key]
    if (definition !== undefined) definitions[key] = definition
  }
  const capturedAt = exact.capturedAt ?? other.capturedAt
  return {
    figures,
    definitions,
    errors: exact.errors ?? other.errors,
    requests: exact.requests ?? other.requests,
    ...(capturedAt === undefined ? {} : { capturedAt }),
    durationS: exact.durationS ?? other.durationS,
    invalid: [...new Set([...exact.invalid, ...other.invalid])],
  }
}

/** @param runs of one point in one folder, in the order of their sources. */
export function mergeForms(runs: readonly FormedRun[]): MergedRun[] {
  const merged: (MergedRun & { readonly forms: ReadonlySet<string> })[] = []
  const ordered = [...runs].sort((a, b) => rank(a.form) - rank(b.form))
  for (const { source, form, run } of ordered) {
    const at = merged.findIndex((each) => !each.forms.has(form) && isOneRun(each.run, run))
    const known = merged[at]
    if (known === undefined) {
      const other = merged.find((each) => !each.forms.has(form))
      const notes =
        other === undefined ? [] : [`${source} differs from ${other.sources.join(', ')} by more than rounding: kept as a run of its own`]
      merged.push({ sources: [source], run, notes, forms: new Set([form]) })
    } else
      merged[at] = { ...known, sources: [...known.sources, source], run: filled(known.run, run), forms: new Set([...known.forms, form]) }
  }
  return merged.map(({ sources, run, notes }) => ({ sources, run, notes }))
}
