/** What a probe's reader must know before they trust a figure from these series, and what to do next. */
import type { Cadence } from '#analysis/dcgm/cadence.ts'
import type { ProbedGpu, ProbedMetric, ProbeFinding } from '#formats/dcgm-probe.ts'
import type { NextLever } from '#formats/source.ts'
import type { FoundSeries } from './inventory.ts'
import { type HonorLabels, hostKeyOf } from './label-roles.ts'

export interface ProbedFacts {
  readonly series: readonly FoundSeries[]
  readonly gpus: readonly ProbedGpu[]
  readonly metrics: readonly ProbedMetric[]
  readonly missing: readonly string[]
  readonly exporters: readonly string[]
  readonly honorLabels: HonorLabels
  readonly cadence: Cadence | undefined
  readonly durationS: number
  readonly expectedGpus: number | undefined
  /** Exporters that were not reached at every scrape, as `instance`. */
  readonly downTargets: readonly string[]
  /** Whether the same metrics exist in the day before the window; absent where the window has series. */
  readonly existBefore: boolean | undefined
  /** GPUs were selected by the nodes of pods, because the series name no pods. */
  readonly byNode: boolean
  /** Hosts with DCGM series in the window where the selection has none. */
  readonly otherHosts: readonly string[]
}

function listed(texts: readonly string[]): string {
  return texts.length <= 4 ? texts.join(', ') : `${texts.slice(0, 4).join(', ')} and ${texts.length - 4} more`
}

function nameOf({ host, index, uuid }: ProbedGpu): string {
  return host === undefined ? (uuid ?? '') : `${host}/${index ?? uuid ?? ''}`
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function countFindings({ gpus, expectedGpus, byNode, honorLabels }: ProbedFacts): ProbeFinding[] {
  const findings: ProbeFinding[] = []
  if (expectedGpus !== undefined && gpus.length !== expectedGpus)
    findings.push({
      code: 'gpu-count',
      severity: 'error',
      text: `${plural(gpus.length, 'GPU')} found where ${expectedGpus} are expected: totals of this selection would be of something else`,
    })
  if (byNode)
    findings.push({
      code: 'whole-nodes',
      severity: 'warning',
      text: 'the exporters name no pods, so all GPUs of the nodes on which the pods ran are taken: those of other pods there too',
    })
  else if (honorLabels === 'unknown' && gpus.length > 0)
    findings.push({
      code: 'no-workloads',
      severity: 'info',
      text: 'no series names the pod that uses its GPU (--kubernetes of the exporter is off, or the GPUs were idle): select by host or UUID',
    })
  return findings
}

function profFindings({ gpus, metrics, missing }: ProbedFacts): ProbeFinding[] {
  if (gpus.length === 0) return []
  const without = gpus.filter(({ hasProf }) => !hasProf)
  if (without.length === gpus.length)
    return [
      {
        code: 'no-prof',
        severity: 'error',
        text: 'no profiling metric at all: neither HBM traffic nor tensor activity can be told (the exporter needs CAP_SYS_ADMIN, a data-center GPU, and DCGM_FI_PROF_… in its list)',
      },
    ]
  const findings: ProbeFinding[] = []
  if (without.length > 0)
    findings.push({
      code: 'partial-prof',
      severity: 'error',
      text: `${plural(without.length, 'GPU')} without profiling metrics (${listed(without.map(nameOf))}): means over the others are not means of all`,
    })
  if (missing.length > 0)
    findings.push({
      code: 'not-exported',
      severity: 'warning',
      text: `not exported, so unavailable and not zero: ${missing.join(', ')} (add them to the exporter's list of fields)`,
    })
  const partly = metrics.filter(({ group, gpus: count }) => group === 'device' && count < gpus.length)
  if (partly.length > 0)
    findings.push({
      code: 'partial-metrics',
      severity: 'warning',
      text: `on some GPUs only: ${listed(partly.map(({ name, gpus: count }) => `${name} (${count} of ${gpus.length})`))}`,
    })
  return findings
}

function seriesFindings({ series, gpus }: ProbedFacts): ProbeFinding[] {
  const findings: ProbeFinding[] = []
  const shared = [
    ...new Set(
      series.flatMap(({ labels }) => (labels['vgpu'] === undefined && labels['hpc_job'] === undefined ? [] : [labels['UUID'] ?? ''])),
    ),
  ]
  if (shared.length > 0)
    findings.push({
      code: 'shared-gpus',
      severity: 'warning',
      text: `${plural(shared.length, 'GPU')} shared by several pods or jobs (labels vgpu, hpc_job): each of its series stands several times and holds the whole GPU, not a pod's part`,
    })
  const churned = gpus.filter(({ pods, uuid }) => pods.length > 1 && !shared.includes(uuid ?? ''))
  if (churned.length > 0)
    findings.push({
      code: 'pods-changed',
      severity: 'info',
      text: `${plural(churned.length, 'GPU')} changed pods within the window (${listed(churned.map(nameOf))}): its series are merged by UUID`,
    })
  const sliced = gpus.filter(({ migInstances }) => migInstances.length > 0)
  if (sliced.length > 0)
    findings.push({
      code: 'mig',
      severity: 'warning',
      text: `${plural(sliced.length, 'GPU')} in MIG mode (${listed(sliced.map(nameOf))}): power, energy, clocks and link rates repeat the whole GPU for each instance`,
    })
  const hostKeys = new Set(series.flatMap(({ labels }) => hostKeyOf(labels) ?? []))
  if (hostKeys.size > 1)
    findings.push({
      code: 'mixed-host-labels',
      severity: 'warning',
      text: `hosts are named by ${[...hostKeys].sort().join(' and ')}: exporters of several versions; a query by one of them misses the others`,
    })
  return findings
}

function timeFindings({ cadence, durationS, downTargets }: ProbedFacts): ProbeFinding[] {
  const findings: ProbeFinding[] = []
  if (downTargets.length > 0)
    findings.push({
      code: 'exporter-down',
      severity: 'warning',
      text: `${plural(downTargets.length, 'exporter')} not reached by every scrape (${listed(downTargets)}): there are gaps in their series`,
    })
  if (cadence === undefined) return findings
  // Four intervals: facts/dcgm.md section 5.7.
  const neededS = (4 * Math.max(cadence.collectMs, cadence.scrapeMs)) / 1000
  if (durationS < neededS)
    findings.push({
      code: 'short-window',
      severity: 'error',
      text: `a window of ${durationS} s holds fewer than four intervals of ${neededS / 4} s: a mean over it is mostly its edges`,
    })
  return findings
}

function absentFinding({ series, existBefore, otherHosts }: ProbedFacts): ProbeFinding[] {
  if (series.length > 0) return []
  if (otherHosts.length > 0)
    return [
      {
        code: 'nothing-selected',
        severity: 'error',
        text: `the server has DCGM series in the window (hosts ${listed(otherHosts)}) and none of this selection`,
      },
    ]
  return [
    existBefore === true
      ? {
          code: 'not-in-window',
          severity: 'error',
          text: 'DCGM series exist in the day before the window and none in it: the window is too recent (wait for the next scrape), in another time zone, or the exporters were down',
        }
      : {
          code: 'no-series',
          severity: 'error',
          text: 'no DCGM series at all: no exporter is scraped by this server, or its history does not reach back to the window',
        },
  ]
}

export function probeFindings(facts: ProbedFacts): ProbeFinding[] {
  return [...absentFinding(facts), ...countFindings(facts), ...profFindings(facts), ...seriesFindings(facts), ...timeFindings(facts)]
}

/** One step, the one that most limits what can be said. */
export function nextStep(facts: ProbedFacts, findings: readonly ProbeFinding[]): NextLever {
  const has = (code: string): boolean => findings.some((finding) => finding.code === code)
  const gate = 'sextant dcgm probe again: the finding is gone'
  if (facts.series.length === 0)
    return { lever: 'find the server and the window that have this fleet’s DCGM series', expectedUnlock: 'any figure at all', gate }
  if (has('no-prof'))
    return {
      lever: 'let the exporters read profiling counters (CAP_SYS_ADMIN and DCGM_FI_PROF_DRAM_ACTIVE, …PIPE_TENSOR_ACTIVE in their list)',
      expectedUnlock: 'HBM and tensor %SoL, which no other metric gives',
      gate,
    }
  if (has('gpu-count') || has('partial-prof'))
    return {
      lever: 'find the GPUs that are missing before anything is averaged',
      expectedUnlock: 'totals and means of the whole deployment',
      gate,
    }
  if (has('short-window'))
    return {
      lever: 'collect every second (-c 1000) and scrape every 5 s while benchmarks run, or measure longer',
      expectedUnlock: 'means with bounds narrow enough to compare',
      gate,
    }
  if (has('not-exported'))
    return {
      lever: `add to the exporter’s list: ${facts.missing.join(', ')}`,
      expectedUnlock: 'the resources that are unavailable now',
      gate,
    }
  return {
    lever: 'measure the window: sextant dcgm correlate with the same selection',
    expectedUnlock: 'how far each resource is from its ceiling',
    gate: 'coverage at least 0.9 on every GPU of the answer',
  }
}
