/** What a correlation ends with: the largest thing that its figures show, what it could win at most, and what would prove it. */
import type { DcgmCorrelation, DcgmResource } from '#formats/dcgm-correlation.ts'
import type { NextLever } from '#formats/source.ts'

/** Throttled for more than this part of the time, clocks are not the ones that peaks are published at. */
const THROTTLED_PCT = 10
/** GPUs whose means differ by more than this do not do the same work: a fifth is beyond what sampling of a steady load gives. */
const UNEVEN = 0.2
/** NVIDIA: in practice about 80 % of DRAM bandwidth is the most that can be had; three quarters of that and memory decides. */
const MEMORY_PCT = 60
const LINK_PCT = 60
const TENSOR_RATIO = 0.5
/** Below this the GPU waits more than it works. */
const IDLE_RATIO = 0.7

type Given = Pick<DcgmCorrelation, 'resources' | 'clocks' | 'findings' | 'gpu_count' | 'short_sweep_warning' | 'attribution'>

const pct = (value: number): string => `${value.toFixed(1)} %`

export function nextDcgmLever(correlation: Given, graphicsActive: number | undefined): NextLever {
  return (
    invalidWindow(correlation) ??
    throttled(correlation) ??
    uneven(correlation) ??
    nearPeak(correlation) ??
    farFromPeaks(correlation, graphicsActive)
  )
}

function invalidWindow({ gpu_count: count, short_sweep_warning: short }: Given): NextLever | undefined {
  if (count.state === 'differs')
    return {
      lever: `find the missing GPUs first: ${count.found} of ${count.expected} have samples (sextant dcgm probe: exporter down, other labels, or the selection is too narrow)`,
      expectedUnlock: 'none claimed: means over some of the GPUs are not of the deployment',
      gate: `${count.expected} GPUs in a new correlation of the same window`,
    }
  if (!short) return undefined
  return {
    lever:
      'a longer or finer measurement: run the cell for at least four collect intervals, or the exporter with --collect-interval 1000 and scrapes of 1 to 5 s',
    expectedUnlock: 'none claimed from a window this short: inner and outer bounds hold, the mean does not',
    gate: 'short_sweep_warning false, inner and outer bounds within the difference that matters',
  }
}

function throttled({ clocks }: Given): NextLever | undefined {
  const share = clocks?.throttled_pct
  if (clocks === undefined || share === undefined || share <= THROTTLED_PCT) return undefined
  const reasons = Object.entries(clocks.throttle_reasons ?? {}).sort(([, a], [, b]) => b - a)
  const room =
    clocks.of_max_pct === undefined
      ? 'the part of compute-bound time by which the clock is below its maximum'
      : `at most ${pct(100 - clocks.of_max_pct)} of compute-bound time (mean clock against maximum)`
  return {
    lever: `L38 clocks: throttled for ${pct(share)} of the time (${reasons.map(([reason]) => reason).join(', ')}): power limit, airflow, or locked clocks`,
    expectedUnlock: `${room}; DRAM-bound time gains next to nothing`,
    gate: 'a locked-clock A/B on one node under the same load: SM clock up and TPOT down',
  }
}

/** A resource that barely moves differs by chance. */
function uneven({ resources }: Given): NextLever | undefined {
  const [worst] = resources
    .filter(
      ({ imbalance, is_headline: headline, measured_avg: mean, unit }) =>
        headline && (imbalance ?? 0) > UNEVEN && (unit !== 'ratio' || mean > 0.05),
    )
    .sort((a, b) => (b.imbalance ?? 0) - (a.imbalance ?? 0))
  if (worst === undefined || (worst.resource !== 'hbm' && worst.resource !== 'tensor-pipe')) return undefined
  const gain =
    worst.measured_max === undefined || worst.measured_max <= 0
      ? ''
      : ` of at most ${pct((1 - worst.measured_avg / worst.measured_max) * 100)} of the time`
  return {
    lever: `even out the GPUs: their ${worst.resource} means differ by ${pct((worst.imbalance ?? 0) * 100)} of the mean (routing of requests, expert placement, or a slow GPU)`,
    expectedUnlock: `what the least loaded GPUs leave unused, a ceiling${gain}`,
    gate: 'imbalance below 20 % in a new correlation, and throughput up at the same latency',
  }
}

function nearPeak({ resources }: Given): NextLever | undefined {
  const headline = (resource: DcgmResource['resource']): DcgmResource | undefined =>
    resources.find((row) => row.resource === resource && row.is_headline && row.standing !== 'not-usable')
  const memory = headline('hbm')
  if (memory?.sol_pct != null && memory.sol_pct >= MEMORY_PCT)
    return {
      lever:
        'fewer bytes per token: weights or KV cache in a narrower type, or more sequences per step so that weights are read less often per token',
      expectedUnlock: `DRAM is at ${pct(memory.sol_pct)} of its bandwidth: without fewer bytes at most a factor of ${(100 / memory.sol_pct).toFixed(2)} is left, in practice less`,
      gate: 'bytes per token (measured_bytes_total over tokens) down and tokens per second up at the same quality',
    }
  for (const link of ['nvlink', 'pcie'] as const) {
    const row = headline(link)
    if (row?.sol_pct == null || row.sol_pct < LINK_PCT) continue
    return {
      lever: `less traffic over ${link === 'nvlink' ? 'NVLink: L15 all-reduce backend (NVLS), another parallel layout' : 'PCIe: offloading, host staging and pageable copies'}`,
      expectedUnlock: `the link is at ${pct(row.sol_pct)} of one direction: at most the time that communication is exposed (decode-budget says how much)`,
      gate: 'bytes per second down at the same tokens per second, then TPOT down',
    }
  }
  const tensor = headline('tensor-pipe')
  if (tensor === undefined || tensor.measured_avg < TENSOR_RATIO) return undefined
  return {
    lever:
      'counters of the hottest GEMMs (ncu): tensor pipes are active half of all cycles or more, and activity does not say how much of that is useful work',
    expectedUnlock: `at most the ${pct((1 - tensor.measured_avg) * 100)} of cycles without tensor work, and whatever padding the counters show`,
    gate: 'achieved FLOP/s from ncu against the roof of the type (sextant roofline)',
  }
}

function farFromPeaks({ resources }: Given, graphicsActive: number | undefined): NextLever {
  if (graphicsActive !== undefined && graphicsActive < IDLE_RATIO)
    return {
      lever: `the host: the GPUs are idle ${pct((1 - graphicsActive) * 100)} of the time; trace decode steps and run sextant decode-budget`,
      expectedUnlock: `at most ${pct((1 - graphicsActive) * 100)} of the time, a ceiling of ${(1 / Math.max(graphicsActive, 0.01)).toFixed(2)}x`,
      gate: 'graphics-engine activity up and TPOT down at the same concurrency',
    }
  const best = Math.max(
    0,
    ...resources.flatMap(({ sol_pct: sol, is_headline: headline, resource }) => (headline && resource !== 'tensor-pipe' ? (sol ?? 0) : 0)),
  )
  return {
    lever:
      'which kernels: no resource is near its peak over the window, so the time is in latency, small kernels or phases that alternate; capture with nsys and ncu and attribute (dcgm correlate --timeline --counters)',
    expectedUnlock:
      best > 0
        ? `bounded by the resource that is used most: at ${pct(best)}, at most a factor of ${(100 / best).toFixed(2)}`
        : 'unknown: no resource with a peak was measured',
    gate: 'per-category bandwidth and FLOP/s with a residual below 10 % of the DCGM total',
  }
}
