/**
 * Raw samples by an instant query of a range selector, `M[W]` at the window's end: what was recorded, with its own times and nothing
 * filled in. Where the server refuses the amount the window is split; the interval is left-open on this side whatever the server does
 * (Prometheus 2 closes both ends, 3 and VictoriaMetrics only the right one).
 */
import { isSextantError, SextantError } from '#base/errors.ts'
import type { SeriesAnswer } from '#model/series-source.ts'
import { refusesRawRange } from './answer-errors.ts'
import { SeriesParts } from './merge-series.ts'
import { instantQuery, type QueryRoom } from './queries.ts'
import { rangeSamples } from './range-samples.ts'

/** Below this a refusal is not about the window's length. */
const SMALLEST_WINDOW_MS = 60_000

export interface Collected {
  readonly parts: SeriesParts
  readonly warnings: Set<string>
}

function isAmount(error: unknown): boolean {
  return isSextantError(error) && (error.code === 'query_too_large' || error.code === 'timed_out')
}

/** Reads (startMs, endMs] into `collected`, in halves where the server refuses the whole. */
export async function inParts(startMs: number, endMs: number, read: (startMs: number, endMs: number) => Promise<void>): Promise<void> {
  try {
    await read(startMs, endMs)
  } catch (error) {
    if (!isAmount(error) || endMs - startMs <= SMALLEST_WINDOW_MS) throw error
    const middle = startMs + Math.floor((endMs - startMs) / 2)
    await inParts(startMs, middle, read)
    await inParts(middle, endMs, read)
  }
}

export async function rawSamples(room: QueryRoom, selector: string, startMs: number, endMs: number): Promise<SeriesAnswer> {
  if (!Number.isSafeInteger(startMs) || !Number.isSafeInteger(endMs) || endMs <= startMs)
    throw new SextantError('usage', 'the window does not end after it begins.', 'Give its start and its end, with their zone.')
  const collected: Collected = { parts: new SeriesParts(), warnings: new Set() }
  try {
    await inParts(startMs, endMs, async (fromMs, toMs) => {
      const { series, warnings } = await instantQuery(room, `${selector}[${toMs - fromMs}ms]`, toMs, ['matrix'], { fromMs, toMs })
      for (const each of series) collected.parts.add(each)
      for (const warning of warnings) collected.warnings.add(warning)
    })
  } catch (error) {
    if (!refusesRawRange(error)) throw error
    return rangeSamples(room, selector, startMs, endMs)
  }
  return { series: collected.parts.series(), warnings: [...collected.warnings].sort() }
}
