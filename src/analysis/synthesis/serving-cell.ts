/** Which measured point of the load generators the picture is of: one concurrency, never a mix of several. */
import type { BenchResultReport } from '#formats/bench-result.ts'
import type { Document } from './cite.ts'

type Bench = Document<Omit<BenchResultReport, 'sources'>>

export interface ServingCell {
  readonly document: Bench
  readonly at: number
  readonly concurrency?: number
  readonly why: string
}

export interface NoServingCell {
  readonly why: string
}

/**
 * The cell of the concurrency that the deployment declares, else the only concurrency there is. Of several trials the one with most
 * requests, then the first. Cells of an invalid run are left out.
 */
export function servingCell(documents: readonly Bench[], declared: number | undefined): ServingCell | NoServingCell {
  const cells = documents.flatMap((document) =>
    document.output.cells.flatMap((cell, at) => {
      if (cell.findings.some(({ severity }) => severity === 'error')) return []
      const { concurrency } = cell
      const requests = cell.counts.find(({ name }) => name === 'completed')?.count ?? 0
      return [{ document, at, requests, ...(concurrency === undefined ? {} : { concurrency }) }]
    }),
  )
  if (cells.length === 0) return { why: documents.length === 0 ? 'no result of a load generator' : 'every cell of the results is invalid' }
  const most = (list: typeof cells) => list.toSorted((a, b) => b.requests - a.requests)[0]
  if (declared !== undefined) {
    const own = most(cells.filter(({ concurrency }) => concurrency === declared))
    if (own !== undefined) return { ...own, why: 'the concurrency that the deployment declares' }
  }
  const concurrencies = new Set(cells.map(({ concurrency }) => concurrency))
  const only = most(cells)
  if (only !== undefined && concurrencies.size === 1) {
    if (declared !== undefined && only.concurrency !== undefined)
      return { why: `the deployment declares concurrency ${declared}, and the results are of ${only.concurrency}` }
    return { ...only, why: 'the only concurrency that was measured' }
  }
  const list = [...concurrencies].flatMap((each) => each ?? []).sort((a, b) => a - b)
  return { why: `results at concurrencies ${list.join(', ')}: which of them the captures are of is not said` }
}
