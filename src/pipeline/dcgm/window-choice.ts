/** The window of a request: given, or from a benchmark's result. */
import { type ActivityIn, benchWindow, type ChosenWindow, cellOf, givenWindow } from '#analysis/dcgm/bench-window.ts'
import { SextantError } from '#base/errors.ts'
import type { SourceReference } from '#formats/source.ts'
import type { BenchResult } from '#model/bench-result.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import { instantMs } from './instants.ts'
import type { CorrelationRequest } from './request.ts'

export interface OpenedBench {
  readonly result: BenchResult
  readonly source: SourceReference
}

export async function openBench(path: string): Promise<OpenedBench> {
  const { capture, sha256 } = await openCapture(path, { needs: [] })
  const [name = path] = sourceNames([path])
  if (capture.benchResult === undefined)
    throw new SextantError(
      'missing_data',
      `${path} holds no result of a load generator: it is a capture of kind ${capture.kind}.`,
      'Give the file that the benchmark wrote, or the window with --start and --end.',
    )
  return { result: capture.benchResult, source: { path: name, sha256 } }
}

/** A given window wins over the benchmark's; the benchmark still says what it did in it, where it is given too. */
export async function chooseWindow(
  request: CorrelationRequest,
  bench: OpenedBench | undefined,
  activityIn: ActivityIn,
): Promise<ChosenWindow> {
  const { start, end, benchCell, capturedAt } = request
  if ((start === undefined) !== (end === undefined))
    throw new SextantError('usage', 'a window needs both --start and --end', 'Give both, or a benchmark’s result with --bench.')
  const given = start === undefined || end === undefined ? undefined : givenWindow(instantMs(start, '--start'), instantMs(end, '--end'))
  if (bench === undefined) {
    if (given !== undefined) return given
    throw new SextantError('usage', 'no window was given', 'Give --bench FILE (a benchmark’s result), or --start and --end.')
  }
  const options = {
    source: bench.source.path,
    ...(benchCell === undefined ? {} : { asked: benchCell }),
    ...(capturedAt === undefined ? {} : { capturedAt }),
  }
  return given === undefined
    ? benchWindow(bench.result, options, activityIn)
    : benchWindow(withWindow(bench.result, given, benchCell), options, activityIn)
}

/** The same result as if it had been stamped so: the caller knows better than the file. */
function withWindow(result: BenchResult, { window }: ChosenWindow, asked: string | undefined): BenchResult {
  const instant = (ms: number) => ({ text: String(ms), zone: 'utc' as const, epochNs: `${ms}000000` })
  const { steady: _, ...cell } = cellOf(result, asked)
  return { ...result, cells: [{ ...cell, startedAt: instant(window.startMs), endedAt: instant(window.endMs) }] }
}

/** Without a server the two meanings of a stamp cannot be told apart: the queries then cover both. */
export function widestWindow(bench: OpenedBench, benchCell: string | undefined): ChosenWindow | undefined {
  const { startedAt, endedAt, durationNs } = cellOf(bench.result, benchCell)
  if (bench.result.tool !== 'inference-perfbench' || startedAt?.epochNs === undefined || endedAt !== undefined || durationNs === undefined)
    return undefined
  const stampMs = Number(BigInt(startedAt.epochNs) / 1_000_000n)
  const lengthMs = durationNs / 1e6
  return givenWindow(
    stampMs - lengthMs,
    stampMs + lengthMs,
    `${bench.source.path}: captured_at as start or as end, both until the GPUs’ activity tells`,
  )
}
