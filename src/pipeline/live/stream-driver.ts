/** The clean stream of `drive clean` as a live budget asks for it. */
import { latencyOf, loadStatistics } from '#analysis/load/load-statistics.ts'
import { lagOf } from '#analysis/load/validity.ts'
import { formatDuration, formatRatio } from '#base/units.ts'
import { eventBits, fieldPlace, MEASURED } from '#model/load-requests.ts'
import { type CleanOptions, CleanStream, type RoundResult } from '#pipeline/drive/clean-stream.ts'
import type { DriveHost } from '#pipeline/drive/drive-options.ts'
import type { CleanDriver, DrivenRound } from './clean-driver.ts'

const at = { sentNs: fieldPlace('sentNs'), endNs: fieldPlace('endNs'), from: fieldPlace('chunkFrom'), count: fieldPlace('chunkCount') }
const CONTENT = eventBits.output | eventBits.reasoning

/** Arrivals of events with text. */
function contentTimes({ batches }: RoundResult): number[] {
  const [batch] = batches
  if (batch === undefined) return []
  const [from, count] = [batch.rows[at.from] ?? 0, batch.rows[at.count] ?? 0]
  const times: number[] = []
  for (let index = from; index < from + count; index++) {
    if (((batch.chunkBits[index] ?? 0) & CONTENT) !== 0) times.push(batch.chunkNs[index] ?? 0)
  }
  return times
}

/** Half a gap: a stamp that is later than that lies nearer to its neighbour's moment than to its own. */
const GAP_RATIO = 0.5
/** A third of the tenth by which the budget is reconciled: what the client may add to the time per token. */
const SPAN_RATIO = 0.03

/**
 * Whether the client was in the way of the time per token, which is the span from the first event to the last over the tokens: either the
 * typical stamp was late by half a gap, or one stamp in a hundred by so much that the span itself is off.
 */
function clientOf({ batches, delays }: RoundResult, contentNs: readonly number[]): DrivenRound['client'] {
  const statistics = loadStatistics(batches, false)
  const gapNs = latencyOf(statistics, 'itl', 'content-gap', 'p50')
  const spanNs = (contentNs.at(-1) ?? 0) - (contentNs[0] ?? 0)
  const [typicalNs, rareNs] = [lagOf(delays, 'p50'), lagOf(delays, 'p99')]
  if (typicalNs === undefined || rareNs === undefined || gapNs === undefined) return { state: 'unknown' }
  if (typicalNs > GAP_RATIO * gapNs) {
    const reason = `half of the stamps were ${formatDuration(typicalNs)} late or more, above half the median gap of ${formatDuration(gapNs)} between events: the gaps are the client’s`
    return { state: 'invalid', reason }
  }
  if (rareNs > SPAN_RATIO * spanNs) {
    const reason = `stamps were ${formatDuration(rareNs)} late at p99, above ${formatRatio(SPAN_RATIO)} of the ${formatDuration(spanNs)} from the first event to the last`
    return { state: 'invalid', reason }
  }
  return { state: 'valid' }
}

export async function openStreamDriver(
  options: Omit<CleanOptions, 'outputTokens'>,
  host: DriveHost,
  outputTokens: number,
): Promise<CleanDriver> {
  const first = await CleanStream.open({ ...options, outputTokens }, host)
  const streams = new Map([[outputTokens, first]])

  async function streamOf(tokens: number): Promise<CleanStream> {
    const known = streams.get(tokens)
    if (known !== undefined) return known
    const opened = await CleanStream.open({ ...options, outputTokens: tokens }, host)
    streams.set(tokens, opened)
    return opened
  }

  return {
    model: first.model,
    originEpochNs: first.originEpochNs,
    nowNs: () => first.nowNs(),
    async prepare(tokens) {
      await streamOf(tokens)
    },
    async round(tokens) {
      const stream = await streamOf(tokens)
      const result = await stream.round(MEASURED)
      // Every stream has a clock of its own; all are told on the first one's.
      const shiftNs = Number(stream.originEpochNs - first.originEpochNs)
      const row = result.batches[0]?.rows
      const contentNs = contentTimes(result).map((ns) => ns + shiftNs)
      const { outcome, ttftNs, tpotNs, outputTokens: given } = result.round
      return {
        outcome,
        sentNs: (row?.[at.sentNs] ?? Number.NaN) + shiftNs,
        endNs: (row?.[at.endNs] ?? Number.NaN) + shiftNs,
        contentNs,
        ...(ttftNs === undefined ? {} : { ttftNs }),
        ...(tpotNs === undefined ? {} : { tpotNs }),
        ...(given === undefined ? {} : { outputTokens: given }),
        client: clientOf(result, contentNs),
      }
    },
    async close() {
      for (const stream of streams.values()) await stream.close()
    },
  }
}
