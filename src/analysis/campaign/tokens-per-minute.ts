/** Tokens per minute of a node at two operating points of every arm: its peak, and its best within the SLA. */
import type { DeviceNames } from '#analysis/hardware-names.ts'
import type { AtlasRow } from '#formats/campaign.ts'
import type { TpmRow } from '#formats/campaign-answers.ts'
import type { Campaign, CampaignCell } from '#model/campaign.ts'
import { usdPerGpuHour, usdPerMillion } from './gpu-rates.ts'

/** SLA where config.yaml says none, and GPUs of a node (facts/formats.md section 11, page 2b). */
export const DEFAULT_SLO_TTFT_MS = 2000
export const DEFAULT_SLO_TPOT_MS = 50
export const DEFAULT_GPUS_PER_NODE = 8

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined && each !== null)) as T
}

function best(points: readonly AtlasRow[]): AtlasRow | undefined {
  const measured = points.filter(({ output_tps_per_gpu }) => typeof output_tps_per_gpu === 'number')
  // Of equals the lower concurrency: the same tokens with less waiting.
  return [...measured].sort((a, b) => (b.output_tps_per_gpu ?? 0) - (a.output_tps_per_gpu ?? 0) || a.concurrency - b.concurrency)[0]
}

/** Watts were measured over one window: they belong to a point only where the cell has no other. */
function wattsOf(cell: CampaignCell): number | undefined {
  return cell.points.length === 1 ? cell.dcgm?.power_watts_per_gpu : undefined
}

interface Operating {
  readonly point: 'peak' | 'sla'
  readonly basis: string
  readonly row: AtlasRow
}

function rowOf(campaign: Campaign, cell: CampaignCell, names: DeviceNames, { point, basis, row }: Operating): TpmRow {
  const gpus = campaign.config.campaign.gpus_per_node ?? DEFAULT_GPUS_PER_NODE
  const rate = usdPerGpuHour(row.hardware ?? undefined, names, campaign.config.campaign.usd_per_gpu_hour)
  const [output, total] = [row.output_tps_per_gpu ?? undefined, row.total_tps_per_gpu ?? undefined]
  const watts = wattsOf(cell)
  return defined({
    cell_id: cell.id,
    operating_point: point,
    basis,
    model: row.model ?? undefined,
    hardware: row.hardware ?? undefined,
    quant: row.quant ?? undefined,
    tensor_parallel: row.tensor_parallel ?? undefined,
    parallel_strategy: row.parallel_strategy ?? undefined,
    mtp: row.mtp ?? undefined,
    gpus_per_node: gpus,
    concurrency: row.concurrency,
    output_tpm: output === undefined ? undefined : output * 60 * gpus,
    total_tpm: total === undefined ? undefined : total * 60 * gpus,
    ttft_avg_ms: row.ttft_avg_ms ?? undefined,
    tpot_median_ms: row.tpot_median_ms ?? undefined,
    itl_avg_ms: row.itl_avg_ms ?? undefined,
    mean_isl: row.mean_input_tokens ?? undefined,
    mean_osl: row.mean_output_tokens ?? undefined,
    cache_mode: row.cache_mode ?? undefined,
    usd_per_gpu_hour: rate,
    usd_per_1m_output_tokens: usdPerMillion(rate, output),
    usd_per_1m_total_tokens: usdPerMillion(rate, total),
    power_watts_per_gpu: watts,
    output_tokens_per_joule: watts === undefined || watts <= 0 || output === undefined ? undefined : output / watts,
  }) as TpmRow // undefined values were taken out: what is left has the shape
}

/** No `sla` row where no point is known to be within: a missing TTFT or TPOT is not within anything. */
export function tokensPerMinute(campaign: Campaign, names: DeviceNames): TpmRow[] {
  const { slo_ttft_ms: ttft = DEFAULT_SLO_TTFT_MS, slo_tpot_ms: tpot = DEFAULT_SLO_TPOT_MS } = campaign.config.campaign
  return campaign.cells
    .filter(({ kind }) => kind === 'bench')
    .flatMap((cell) => {
      const peak = best(cell.points)
      const within = best(
        cell.points.filter(
          (row) =>
            typeof row.ttft_avg_ms === 'number' &&
            row.ttft_avg_ms <= ttft &&
            typeof row.tpot_median_ms === 'number' &&
            row.tpot_median_ms <= tpot,
        ),
      )
      return [
        ...(peak === undefined
          ? []
          : [rowOf(campaign, cell, names, { point: 'peak', basis: 'most output tokens per second and GPU', row: peak })]),
        ...(within === undefined
          ? []
          : [
              rowOf(campaign, cell, names, {
                point: 'sla',
                basis: `most output tokens with mean TTFT ≤ ${ttft} ms and median TPOT ≤ ${tpot} ms`,
                row: within,
              }),
            ]),
      ]
    })
}
