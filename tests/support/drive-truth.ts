/** What the simulated engine says that a run was, in the driver's own terms; by arithmetic of its own. */
import type { RequestRecord } from '../../sim/engine/truth-records.ts'
import type { EngineTruth } from './engine-process.ts'

export interface TrueFigures {
  readonly requests: number
  readonly ttftNs: readonly number[]
  readonly itlNs: readonly number[]
  readonly tpotNs: readonly number[]
  readonly e2elNs: readonly number[]
  readonly outputPerS: number
}

/** Index of a request of the driver: the last but one part of its `x-request-id`. */
function indexOf({ clientId = '' }: RequestRecord): number {
  const match = /-(\d+)-\d+$/.exec(clientId)
  return match === null ? Number.NaN : Number(match[1])
}

export const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Linear interpolation between closest ranks. */
export function quantile(values: readonly number[], ratio: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const position = ratio * (sorted.length - 1)
  const low = sorted[Math.floor(position)] ?? Number.NaN
  const high = sorted[Math.ceil(position)] ?? Number.NaN
  return low + (high - low) * (position - Math.floor(position))
}

/** Of the requests with these indices. */
export function trueFigures(truth: EngineTruth, indices: ReadonlySet<number>): TrueFigures {
  const served = truth.requests.filter((request) => indices.has(indexOf(request)))
  const last = (request: RequestRecord) => request.chunkNs.at(-1) ?? Number.NaN
  const first = (request: RequestRecord) => request.chunkNs[0] ?? Number.NaN
  const beginNs = Math.min(...served.map(({ arrivalNs }) => arrivalNs))
  const endNs = Math.max(...served.map(last))
  return {
    requests: served.length,
    ttftNs: served.map((request) => first(request) - request.arrivalNs),
    itlNs: served.flatMap(({ chunkNs }) => chunkNs.slice(1).map((time, index) => time - (chunkNs[index] ?? Number.NaN))),
    tpotNs: served.map((request) => (last(request) - first(request)) / (request.outputTokens - 1)),
    e2elNs: served.map((request) => last(request) - request.arrivalNs),
    outputPerS: (served.reduce((sum, { outputTokens }) => sum + outputTokens, 0) / (endNs - beginNs)) * 1e9,
  }
}

export interface Deviation {
  readonly figure: string
  readonly measured: number
  readonly truth: number
}

type Cell = import('../../src/formats/drive-result.ts').DriveCell

const compared = [
  ['ttft', 'first-content', 'ttftNs'],
  ['itl', 'content-gap', 'itlNs'],
  ['tpot', 'request-mean-without-first', 'tpotNs'],
  ['e2el', 'until-last-content', 'e2elNs'],
] as const

/** Means, medians and throughput; and apart from them the 99th percentiles. */
export function compareWithTruth(cell: Cell, truth: TrueFigures): { readonly centres: Deviation[]; readonly tails: Deviation[] } {
  const centres: Deviation[] = []
  const tails: Deviation[] = []
  for (const [quantity, definition, key] of compared) {
    const found = cell.latencies.find((each) => each.quantity === quantity && each.definition === definition)
    if (found === undefined) throw new Error(`no ${quantity} (${definition})`)
    centres.push({ figure: `${quantity} mean`, measured: found.meanNs, truth: meanOf(truth[key]) })
    centres.push({ figure: `${quantity} p50`, measured: found.p50Ns, truth: quantile(truth[key], 0.5) })
    tails.push({ figure: `${quantity} p99`, measured: found.p99Ns, truth: quantile(truth[key], 0.99) })
  }
  const rate = cell.rates.find(({ quantity, per }) => quantity === 'output-tokens' && per === 'deployment')
  centres.push({ figure: 'output tokens/s', measured: rate?.perSecond ?? Number.NaN, truth: truth.outputPerS })
  return { centres, tails }
}

export const ratioOff = ({ measured, truth }: Deviation): number => Math.abs(measured / truth - 1)

/** From sending to the engine's reading of the whole request, of each request that both know. */
export function sentToArrivalNs(truth: EngineTruth, lines: ReadonlyMap<number, { readonly sent_ns: string }>): number[] {
  const origin = BigInt(truth.start.originEpochNs)
  return truth.requests.flatMap((request) => {
    const line = lines.get(indexOf(request))
    return line === undefined ? [] : [Number(origin + BigInt(Math.round(request.arrivalNs)) - BigInt(line.sent_ns))]
  })
}
