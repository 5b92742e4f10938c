/** What clients and the engine's own counters say of serving, at one concurrency. */
import type { CitationBook, Document } from '#analysis/synthesis/cite.ts'
import type { Cited, ServingEvidence } from '#analysis/synthesis/evidence.ts'
import type { ServingCell } from '#analysis/synthesis/serving-cell.ts'
import { jsonPointer } from '#base/json-pointer.ts'
import type { MetricsReport } from '#formats/metrics.ts'

export type MetricsDocument = Document<Omit<MetricsReport, 'sources'>>

type Found = Record<string, Cited | undefined>

/** Undefined where neither says anything. */
export function servingEvidence(
  cell: ServingCell | undefined,
  metrics: MetricsDocument | undefined,
  book: CitationBook,
): ServingEvidence | undefined {
  const found: Found = {
    ...(cell === undefined ? {} : fromClient(cell, book)),
    ...(metrics === undefined ? {} : fromEngine(metrics, book)),
  }
  const acceptedAt = metrics === undefined ? [] : acceptedByPosition(metrics, book)
  const known = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
  if (Object.keys(known).length === 0 && acceptedAt.length === 0) return undefined
  return { ...known, ...(acceptedAt.length === 0 ? {} : { acceptedAt }) }
}

function fromClient({ document, at }: ServingCell, book: CitationBook): Found {
  const cell = document.output.cells[at]
  if (cell === undefined) return {}
  const cite = (...path: readonly (string | number)[]) => book.cite(document, jsonPointer('cells', at, ...path))
  const latency = (quantity: string, statistic: string) => {
    const index = cell.latencies.findIndex((each) => each.quantity === quantity && each.statistic === statistic && each.estimable !== 'no')
    return index < 0 ? undefined : cite('latencies', index, 'valueNs')
  }
  const rate = (quantity: string) => {
    const index = cell.rates.findIndex((each) => each.quantity === quantity && each.per === 'deployment' && each.statistic === 'mean')
    return index < 0 ? undefined : cite('rates', index, 'perSecond')
  }
  const counted = (name: string) => {
    const index = cell.counts.findIndex((each) => each.name === name)
    return index < 0 ? undefined : cite('counts', index, 'count')
  }
  const perRequest = (name: string) => book.derive('ratio', [counted(name), counted('completed')])
  return {
    concurrency: cite('concurrency'),
    tpotNs: latency('tpot', 'p50') ?? latency('tpot', 'mean'),
    itlP50Ns: latency('itl', 'p50') ?? latency('inter-chunk', 'p50'),
    itlP99Ns: latency('itl', 'p99') ?? latency('inter-chunk', 'p99'),
    ttftP50Ns: latency('ttft', 'p50'),
    ttftP99Ns: latency('ttft', 'p99'),
    outputTokensPerS: rate('output-tokens'),
    requestsPerS: rate('requests'),
    inputTokens: perRequest('input-tokens'),
    outputTokens: perRequest('output-tokens'),
  }
}

function fromEngine(document: MetricsDocument, book: CitationBook): Found {
  const { deltas = [], readings, histograms, derived } = document.output
  const isDelta = document.output.deltas !== undefined
  const gained = (...quantities: readonly string[]): Cited | undefined => {
    const index = deltas.findIndex(({ quantity, state }) => quantities.includes(quantity) && state === 'counted')
    return index < 0 ? undefined : book.cite(document, jsonPointer('deltas', index, 'delta'))
  }
  const reading = (quantity: string): Cited | undefined => {
    const index = readings.findIndex((each) => each.quantity === quantity)
    return index < 0 ? undefined : book.cite(document, jsonPointer('readings', index, 'value'))
  }
  // Since the start of the engine, a histogram holds its warm-up: only what was gained in between is of the run.
  const meanNs = (quantity: string): Cited | undefined => {
    const index = isDelta ? histograms.findIndex((each) => each.quantity === quantity && each.unit === 's') : -1
    return index < 0 ? undefined : book.derive('product', [book.cite(document, jsonPointer('histograms', index, 'mean')), 1e9])
  }
  const figure = (name: string): Cited | undefined => {
    const index = derived.findIndex((each) => each.name === name)
    return index < 0 ? undefined : book.cite(document, jsonPointer('derived', index, 'value'))
  }
  const total = (quantity: string): Cited | undefined => {
    const index = isDelta ? histograms.findIndex((each) => each.quantity === quantity) : -1
    if (index < 0) return undefined
    const of = (key: string) => book.cite(document, jsonPointer('histograms', index, key))
    return book.derive('product', [of('mean'), of('count')])
  }
  const [promptTokens, cachedTokens] = [gained('prompt-tokens'), gained('prefix-cache-hit-tokens')]
  return {
    engineItlNs: meanNs('inter-token-latency'),
    queueNs: meanNs('request-queue-time'),
    prefillNs: meanNs('request-prefill-time'),
    engineTtftNs: meanNs('time-to-first-token'),
    kvUsageRatio: reading('kv-cache-used'),
    preemptions: gained('preemptions'),
    finishedRequests: gained('requests-finished', 'requests-succeeded'),
    prefixHitRatio: figure('prefix-cache-hit-ratio') ?? book.derive('ratio', [cachedTokens, promptTokens]),
    promptTokens,
    prefilledTokens:
      total('request-prefill-computed-tokens') ??
      figure('prompt-tokens-computed') ??
      book.derive('difference', [promptTokens, cachedTokens]),
    cachedTokens,
    generatedTokens: gained('generated-tokens'),
    // SGLang counts no drafts and reports its own mean, over its own window.
    acceptanceLength: figure('acceptance-length') ?? reading('accept-length-reported'),
    draftTokensPerStep: book.derive('ratio', [gained('draft-tokens'), gained('drafts')]),
    running: reading('requests-running'),
    waiting: reading('requests-waiting'),
  }
}

/** Share of drafts whose token at each position was accepted, from position 1; ends at the first position that the engine does not count. */
function acceptedByPosition(document: MetricsDocument, book: CitationBook): Cited[] {
  const { derived } = document.output
  const accepted: Cited[] = []
  for (let position = 1; position <= derived.length; position += 1) {
    const index = derived.findIndex(({ name }) => name === `accepted-ratio-at-${position}`)
    const ratio = index < 0 ? undefined : book.cite(document, jsonPointer('derived', index, 'value'))
    if (ratio === undefined) break
    accepted.push(ratio)
  }
  return accepted
}
