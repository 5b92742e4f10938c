/**
 * A roofline sweep: `decode_sweep.jsonl` (a line per concurrency) and `prefill_sweep.jsonl` (a line per ISL), lines of
 * {bench, dcgm_steady} (facts/formats.md section 4). What a line does not say stays absent.
 */
import { SextantError } from '#base/errors.ts'
import type { AtlasRow, RooflineSweepPoint } from '#formats/campaign.ts'

type Fields = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

function numberOf(fields: Fields, names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  }
  return undefined
}

const pick = <K extends string>(key: K, value: number | undefined): Partial<Record<K, number>> =>
  value === undefined ? {} : ({ [key]: value } as Record<K, number>)

/** A mean of activity is 0..1; files that write percent say so by being above 1. Above 100 it is neither. */
function shareOf(fields: Fields, names: readonly string[]): number | undefined {
  const value = numberOf(fields, names)
  if (value === undefined || value > 100) return undefined
  return value > 1 ? value / 100 : value
}

function lengths(bench: Fields): { isl?: number; osl?: number } {
  const requests = numberOf(bench, ['completed', 'num_prompts'])
  const mean = (names: readonly string[]) => {
    const total = numberOf(bench, names)
    return total === undefined || requests === undefined || requests === 0 ? undefined : Math.round(total / requests)
  }
  return {
    ...pick('isl', numberOf(bench, ['isl', 'random_input_len', 'input_len']) ?? mean(['total_input_tokens'])),
    ...pick('osl', numberOf(bench, ['osl', 'random_output_len', 'output_len']) ?? mean(['total_output_tokens', 'total_output'])),
  }
}

/** Throws `corrupt_file` for a line without bench, or without the one thing that the sweep is over. */
export function sweepPoint(line: unknown, phase: 'decode' | 'prefill', where: string): RooflineSweepPoint {
  if (!isRecord(line) || !isRecord(line['bench']))
    throw new SextantError('corrupt_file', `${where} has no object “bench”`, 'Every line of a sweep is {"bench": {…}, "dcgm_steady": {…}}.')
  const bench = line['bench']
  const steady = isRecord(line['dcgm_steady']) ? line['dcgm_steady'] : {}
  const outer = { ...bench, ...Object.fromEntries(Object.entries(line).filter(([, value]) => typeof value === 'number')) }
  const concurrency = numberOf(outer, ['concurrency', 'max_concurrency'])
  const prompts = numberOf(outer, ['num_prompts', 'completed'])
  const { isl, osl } = lengths(outer)
  if (phase === 'decode' ? concurrency === undefined : isl === undefined)
    throw new SextantError(
      'corrupt_file',
      `${where} does not say its ${phase === 'decode' ? 'concurrency' : 'input length'}, which the sweep is over`,
      `Add “${phase === 'decode' ? 'concurrency' : 'isl'}” to the line.`,
    )
  // Below twice the concurrency ramp and drain dominate and means read 1.6 to 1.8 times too low (facts/methodology.md rule 33).
  const isSteady = concurrency === undefined || prompts === undefined ? undefined : prompts >= 2 * concurrency
  const duration = numberOf(bench, ['duration'])
  const input = numberOf(bench, ['total_input_tokens'])
  return {
    phase,
    ...pick('concurrency', concurrency),
    ...pick('isl', isl),
    ...pick('osl', osl),
    ...pick('num_prompts', prompts),
    ...pick('median_tpot_ms', numberOf(bench, ['median_tpot_ms'])),
    ...pick('median_ttft_ms', numberOf(bench, ['median_ttft_ms'])),
    ...pick('output_throughput', numberOf(bench, ['output_throughput'])),
    ...pick(
      'input_throughput',
      numberOf(bench, ['input_throughput']) ??
        (input === undefined || duration === undefined || duration === 0 ? undefined : input / duration),
    ),
    ...pick('sm_active', shareOf(steady, ['sm_active_mean'])),
    ...pick('tensor_active', shareOf(steady, ['tensor_active_mean'])),
    ...pick('dram_active', shareOf(steady, ['dram_active_mean'])),
    ...pick('nvlink_tx_bytes_per_s', numberOf(steady, ['nvlink_tx_Bps_mean'])),
    ...pick('nvlink_rx_bytes_per_s', numberOf(steady, ['nvlink_rx_Bps_mean'])),
    ...(isSteady === undefined ? {} : { is_steady: isSteady }),
  }
}

export const UNSTEADY =
  'fewer requests than twice the concurrency: ramp and drain dominate, means of activity read 1.6 to 1.8 times too low'

/** What must be said of a point, in words. */
export function pointWarning(point: RooflineSweepPoint): string | undefined {
  const at = point.phase === 'decode' ? `c${point.concurrency}` : `ISL ${point.isl}`
  if (point.is_steady === false) return `${at}: ${UNSTEADY}`
  return point.is_steady === undefined
    ? `${at}: concurrency or number of requests is not said: whether the window was steady is not known`
    : undefined
}

/** The normalised row of a point; one without a concurrency is no row. */
export function sweepRow(
  point: RooflineSweepPoint,
  about: Pick<AtlasRow, 'campaign_id' | 'cell_id'> & Partial<AtlasRow>,
): AtlasRow | undefined {
  const { concurrency } = point
  if (typeof concurrency !== 'number' || concurrency < 1) return undefined
  const gpus = about.n_gpus
  return {
    ...about,
    concurrency,
    ...pick('tpot_median_ms', point.median_tpot_ms ?? undefined),
    ...pick('ttft_median_ms', point.median_ttft_ms ?? undefined),
    ...pick('mean_input_tokens', point.isl ?? undefined),
    ...pick('mean_output_tokens', point.osl ?? undefined),
    ...(typeof gpus === 'number' && typeof point.output_throughput === 'number'
      ? { output_tps_per_gpu: point.output_throughput / gpus }
      : {}),
    ...pick('dcgm_sm_active', point.sm_active ?? undefined),
    ...pick('dcgm_tensor_active', point.tensor_active ?? undefined),
    ...pick('dcgm_dram_active', point.dram_active ?? undefined),
    ...(point.is_steady === false ? { notes: UNSTEADY } : {}),
  }
}
