/** Results of one file or several as one report, with every pair of like-named figures that may not be compared. */
import type { BenchResultReport } from '#formats/bench-result.ts'
import type { BenchResult, LatencyMetric } from '#model/bench-result.ts'
import type { Loss } from '#model/capture.ts'
import { comparableLatencies } from '#model/comparable.ts'

export interface BenchInput {
  /** `sources[].path` of the report. */
  readonly source: string
  readonly result: BenchResult
  readonly losses: readonly Loss[]
}

type Unsourced = Omit<BenchResultReport, 'sources'>
type Cell = BenchResultReport['cells'][number]

export function buildBenchReport(inputs: readonly BenchInput[]): Unsourced {
  const tools = new Set(inputs.map(({ result }) => result.tool))
  const [tool] = tools
  const cells = inputs.flatMap(({ source, result }) =>
    result.cells.map(
      (cell): Cell => ({
        ...cell,
        source,
        tool: result.tool,
        ...mutable(cell),
      }),
    ),
  )
  return {
    schema: 'bench-result/1',
    tool: tools.size === 1 && tool !== undefined ? tool : 'several',
    files: inputs.map(({ source, result, losses }) => ({
      source,
      tool: result.tool,
      form: result.form,
      ...(result.toolVersion === undefined ? {} : { toolVersion: result.toolVersion }),
      context: [...result.context],
      unknownKeys: [...result.unknownKeys],
      losses: [...losses],
    })),
    cells,
    incomparable: incomparableIn(cells),
  }
}

/** The lists of a cell as the output's type wants them. */
function mutable({ latencies, rates, counts, others, findings, context, startedAt, endedAt, steady }: BenchResult['cells'][number]) {
  return {
    latencies: [...latencies],
    rates: [...rates],
    counts: [...counts],
    others: [...others],
    findings: [...findings],
    context: [...context],
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(steady === undefined ? {} : { steady }),
  }
}

/** For every quantity and statistic: the first two definitions that meet under one name, and all cells of either. */
function incomparableIn(cells: readonly Cell[]): Unsourced['incomparable'] {
  const groups = new Map<string, { readonly label: string; readonly metric: LatencyMetric }[]>()
  for (const cell of cells) {
    const label = `${cell.source} ${cell.id}`
    for (const metric of cell.latencies) {
      const key = `${metric.quantity} ${metric.statistic}`
      const list = groups.get(key) ?? []
      // The shape came from the model's own type and is only widened in the format.
      list.push({ label, metric: metric as LatencyMetric })
      groups.set(key, list)
    }
  }
  const found: Unsourced['incomparable'] = []
  for (const members of groups.values()) {
    const [first] = members
    if (first === undefined) continue
    // Within one cell recomputed stands beside reported: the same figure twice, not two that someone would compare.
    const other = members.find(({ label, metric }) => label !== first.label && !comparableLatencies(first.metric, metric).comparable)
    const judged = other === undefined ? undefined : comparableLatencies(first.metric, other.metric)
    if (judged === undefined || judged.comparable) continue
    const labels = [...new Set(members.map(({ label }) => label))]
    found.push({ quantity: first.metric.quantity, statistic: first.metric.statistic, cells: labels, reason: judged.reason })
  }
  return found
}
