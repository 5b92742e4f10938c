/**
 * roofline_v1: the points of the sweeps, and the peaks of their hardware. Intensity, achieved FLOP/s and delivered bytes need the model's
 * active parameters and bytes per token, which no file of a sweep says: null. DRAM_ACTIVE is time, not bytes, and stands in no byte column.
 */
import { type Ceiling, computeCeiling, type Hardware, memoryCeiling } from '#analysis/ceilings.ts'
import type { RooflineSweep } from '#formats/campaign.ts'
import type { LakeRow } from '#formats/lake/tables.ts'
import type { LakeInput } from './lake-input.ts'

/**
 * Quantisations whose matrix products run in the type of their name. Weight-only ones (int4, awq, gptq, mxfp4, w4a16) are widened first, and
 * int8 may be either: whose peak counts is then not known.
 */
const computeTypes: Readonly<Record<string, string>> = { bf16: 'bf16', bfloat16: 'bf16', fp16: 'fp16', fp8: 'fp8', nvfp4: 'fp4' }

export interface SweepPeaks {
  /** Dense, of the quantisation's own type. */
  readonly compute_peak_pflops_per_gpu: number | null
  readonly hbm_peak_tbps_per_gpu: number | null
  /** FLOP per byte at which both peaks meet: peak FLOP/s ÷ peak byte/s (facts/ncu.md). */
  readonly ridge_ai: number | null
}

/** Per GPU as software sees it: an entry of two devices gives each half. */
export function sweepPeaks(hardware: Hardware | undefined, quant: string | null | undefined): SweepPeaks {
  const perDevice = (ceiling: Ceiling | undefined): number | null =>
    hardware === undefined || ceiling?.baseValue === undefined ? null : ceiling.baseValue / hardware.devicesPerEntry
  const type = computeTypes[(quant ?? '').toLowerCase()]
  const flops = hardware === undefined || type === undefined ? null : perDevice(computeCeiling(hardware, type))
  const bytes = hardware === undefined ? null : perDevice(memoryCeiling(hardware))
  return {
    compute_peak_pflops_per_gpu: flops === null ? null : flops / 1e15,
    hbm_peak_tbps_per_gpu: bytes === null ? null : bytes / 1e12,
    ridge_ai: flops === null || bytes === null ? null : flops / bytes,
  }
}

const percent = (share: number | null | undefined): number | null => (typeof share === 'number' ? 100 * share : null)

function pointsOf(campaign: string, cell: string, sweep: RooflineSweep, peaks: SweepPeaks): LakeRow[] {
  return sweep.points.map((point) => ({
    campaign_id: campaign,
    cell_id: cell,
    model: sweep.model ?? null,
    hardware: sweep.hw_key ?? null,
    quant: sweep.quant ?? null,
    kv_dtype: sweep.kv_dtype ?? null,
    tensor_parallel: sweep.tensor_parallel ?? null,
    phase: point.phase,
    concurrency: point.concurrency ?? null,
    isl: point.isl ?? null,
    osl: point.osl ?? null,
    median_tpot_ms: point.median_tpot_ms ?? null,
    median_ttft_ms: point.median_ttft_ms ?? null,
    output_throughput: point.output_throughput ?? null,
    dram_active_pct: percent(point.dram_active),
    tensor_active_pct: percent(point.tensor_active),
    sm_active_pct: percent(point.sm_active),
    ...peaks,
  }))
}

export function rooflineRows({ campaign, hardwareOf }: LakeInput): LakeRow[] {
  return campaign.cells.flatMap(({ id, roofline }) => {
    if (roofline === undefined) return []
    const { hw_key: key, quant } = roofline
    const hardware = typeof key === 'string' ? hardwareOf(key) : undefined
    return pointsOf(campaign.id, id, roofline, sweepPeaks(hardware, quant))
  })
}
