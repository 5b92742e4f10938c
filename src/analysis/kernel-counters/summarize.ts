/** A capture of hardware counters as `sextant ncu` returns it: each launch with what follows from its counters, and each kernel. */
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import { SextantError } from '#base/errors.ts'
import type { NcuKernel, NcuResult, NcuSummary } from '#formats/ncu-summary.ts'
import type { Capture, Loss } from '#model/capture.ts'
import type { CounterRatio } from '#model/counter-role.ts'
import type { CounterResult, KernelCounters } from '#model/kernel-counters.ts'
import { shortKernelName } from '#model/kernel-name.ts'
import { WorkSum } from './combined-work.ts'
import { CounterRow } from './counter-row.ts'
import { type LaunchRatios, launchRatios, launchShape, TimeWeighted, topStalls } from './launch-facts.ts'
import { headroom } from './roof.ts'
import type { Traffic } from './traffic.ts'
import { type LaunchContext, type LaunchWork, launchWork } from './work.ts'

export interface NcuOptions {
  /** Results to list; kernels are always over all. */
  readonly limit?: number
}

/** One launch with everything derived from its counters. */
export interface AnalyzedLaunch {
  readonly index: number
  readonly result: CounterResult
  readonly ratios: LaunchRatios
  readonly work: LaunchWork
}

/** Names of kernels that multiply matrices and that no family rule may know. */
const matrixName = /gemm|gemv|[hiq]mma|wgmma|cutlass|xmma|tensorop|fprop|dgrad|wgrad|fmha|flash|attention|matmul/i
const matrixRoles = new Set(['gemm', 'attention', 'moe'])

function isMatrixKernel(result: CounterResult, rules: FamilyRules): boolean {
  const name = result.demangledName ?? result.functionName ?? ''
  const answer = classifyKernelName({ name, shortName: shortKernelName(name) }, rules)
  return matrixName.test(name) || (answer.family !== undefined && matrixRoles.has(answer.role))
}

function familyOf(name: string, rules: FamilyRules): string {
  return classifyKernelName({ name, shortName: shortKernelName(name) }, rules).family ?? 'unknown'
}

function countersOf(capture: Capture): KernelCounters {
  const { kernelCounters } = capture
  if (kernelCounters !== undefined) return kernelCounters
  throw new SextantError(
    'missing_data',
    `a ${capture.kind} capture holds no hardware counters of kernels.`,
    'Give a report of Nsight Compute (.ncu-rep), or its CSV: ncu --import REPORT --csv --page raw.',
  )
}

/** Calls `visit` for each launch, with the row of its counters. */
export function eachLaunch(capture: Capture, rules: FamilyRules, visit: (launch: AnalyzedLaunch, row: CounterRow) => void): void {
  const counters = countersOf(capture)
  const row = new CounterRow(counters)
  const capabilities = new Map(capture.devices.map(({ ordinal, computeCapability }) => [ordinal, computeCapability] as const))
  const only = capture.devices.length === 1 ? capture.devices[0]?.computeCapability : undefined
  const matrix = new Map<string, boolean>()
  let context: LaunchContext | undefined
  for (let index = 0; index < counters.results.length; index++) {
    const result = counters.results[index] as CounterResult // below the length
    row.open(index)
    const name = result.demangledName ?? ''
    let isMatrix = matrix.get(name)
    if (isMatrix === undefined) {
      isMatrix = isMatrixKernel(result, rules)
      matrix.set(name, isMatrix)
    }
    const computeCapability = capabilities.get(result.device ?? -1) ?? only
    if (context?.isMatrixKernel !== isMatrix || context.computeCapability !== computeCapability)
      context = { isMatrixKernel: isMatrix, ...(computeCapability === undefined ? {} : { computeCapability }) }
    visit({ index, result, ratios: launchRatios(row), work: launchWork(row, context) }, row)
  }
}

/** Throws `missing_data` where the capture holds no counters. */
export function summarizeCounters(
  capture: Capture,
  losses: readonly Loss[],
  rules: FamilyRules,
  options: NcuOptions = {},
): Omit<NcuSummary, 'sources'> {
  const counters = countersOf(capture)
  const limit = options.limit === undefined || options.limit === 0 ? Number.POSITIVE_INFINITY : options.limit
  const results: NcuResult[] = []
  const groups = new Map<string, KernelSum>()
  eachLaunch(capture, rules, (launch, row) => {
    if (results.length < limit) results.push(resultOf(launch, row, counters))
    const name = launch.result.demangledName ?? launch.result.functionName ?? (launch.result.scope === 'range' ? 'range' : 'unnamed')
    let group = groups.get(name)
    if (group === undefined) {
      group = new KernelSum(launch.result.functionName)
      groups.set(name, group)
    }
    group.add(launch)
  })
  const kernels = Array.from(groups, ([name, sum]) => kernelOf(name, sum, rules))
  kernels.sort((a, b) => (b.totalNs ?? 0) - (a.totalNs ?? 0) || (a.name < b.name ? -1 : 1))
  const omitted = counters.results.length - results.length
  return {
    schema: 'ncu-summary/1',
    kind: capture.kind,
    ...(capture.tool.version === undefined ? {} : { toolVersion: capture.tool.version }),
    ...(kernels.some(({ flops, dram }) => flops.state === 'known' || dram !== undefined) ? { tier: 'L4' as const } : {}),
    devices: capture.devices.map(({ ordinal, name, computeCapability, smCount }) => ({
      device: ordinal,
      ...(name === undefined ? {} : { name }),
      ...(computeCapability === undefined ? {} : { computeCapability }),
      ...(smCount === undefined ? {} : { multiprocessors: smCount }),
    })),
    sections: [...counters.sections],
    rules: rulesState(counters),
    metricUnits: Object.fromEntries(counters.metrics.flatMap(({ name, unit }) => (unit === undefined ? [] : [[name, unit]]))),
    count: counters.results.length,
    withoutDuration: counters.results.filter(({ durationNs }) => durationNs === undefined).length,
    results,
    ...(omitted === 0 ? {} : { omittedResults: omitted }),
    kernels,
    notes: notesOf(counters),
    losses: [...losses],
  }
}

function rulesState({ results, holdsRules }: KernelCounters): NcuSummary['rules'] {
  if (results.some(({ rules }) => rules.length > 0)) return 'run'
  return holdsRules ? 'not-run' : 'not-in-file'
}

function notesOf(counters: KernelCounters): string[] {
  const { results } = counters
  const locked = results.filter(({ clock }) => clock?.locked === true).length
  const clocks =
    locked === 0 ? 'at clocks of which the file says nothing' : locked === results.length ? 'at locked clocks' : 'in part at locked clocks'
  const notes = [`durations were taken under replay, ${clocks}: not comparable with those of nsys or of a free run`]
  if (rulesState(counters) === 'not-run') notes.push('rules were not run: their absence does not mean that there are no issues')
  if (results.some(({ rules }) => rules.some(({ messages }) => messages.some(({ speedup }) => speedup !== undefined))))
    notes.push('a local speed-up is one of the kernel: a step gains at most its share of the step’s time')
  return notes
}

const ratioFields = {
  'achieved-occupancy': 'achievedOccupancyRatio',
  'theoretical-occupancy': 'theoreticalOccupancyRatio',
  'compute-throughput': 'computeThroughputRatio',
  'memory-throughput': 'memoryThroughputRatio',
  'dram-throughput': 'dramThroughputRatio',
  'tensor-pipe-active': 'tensorPipeActiveRatio',
  'tensor-pipe-elapsed': 'tensorPipeElapsedRatio',
  'l2-hit': 'l2HitRatio',
} as const satisfies Record<CounterRatio, keyof NcuKernel>

const counterRatios = Object.keys(ratioFields) as CounterRatio[] // its keys, as the type says

type RatioFields = { [Field in (typeof ratioFields)[CounterRatio]]?: number }

function ratiosOf(of: (ratio: CounterRatio) => number | undefined): RatioFields {
  const fields: RatioFields = {}
  for (const [ratio, field] of Object.entries(ratioFields) as [CounterRatio, (typeof ratioFields)[CounterRatio]][]) {
    const value = of(ratio)
    if (value !== undefined) fields[field] = value
  }
  return fields
}

function trafficOf({ isLowerBound, ...traffic }: Traffic): NonNullable<NcuKernel['dram']> {
  return { ...traffic, ...(isLowerBound ? { lowerBound: true as const } : {}) }
}

type WorkFields = Pick<
  NcuKernel,
  | 'flops'
  | 'integerOperations'
  | 'integerInstructions'
  | 'dram'
  | 'l2'
  | 'arithmeticIntensityFlopsPerByte'
  | 'arithmeticIntensityBound'
  | 'achievedFlopsPerSecond'
  | 'achievedDramBytesPerSecond'
  | 'headroom'
>

function flopsFields(flops: LaunchWork['flops']): NcuKernel['flops'] {
  if (flops.state === 'unknown') return flops
  const { most, types, ...rest } = flops
  return {
    ...rest,
    ...(most === flops.total ? {} : { most }),
    types: types.map(({ pipe, type, flops: each, mostFlops, sparseFlops }) => ({
      pipe,
      type,
      flops: each,
      ...(mostFlops === each ? {} : { mostFlops }),
      ...(sparseFlops === undefined ? {} : { sparseFlops }),
    })),
  }
}

/** Rates: work of the launches with a duration ÷ their summed duration. `work` must be of just those launches. */
function workFields(work: LaunchWork): WorkFields {
  const { flops, intensity, durationNs, dram, l2 } = work
  const seconds = durationNs === undefined ? undefined : durationNs / 1e9
  return {
    flops: flopsFields(flops),
    ...(work.integerOperations === undefined ? {} : { integerOperations: work.integerOperations }),
    ...(work.integerInstructions === undefined ? {} : { integerInstructions: work.integerInstructions }),
    ...(dram === undefined ? {} : { dram: trafficOf(dram) }),
    ...(l2 === undefined ? {} : { l2: trafficOf(l2) }),
    ...(intensity === undefined ? {} : { arithmeticIntensityFlopsPerByte: intensity.flopsPerByte }),
    ...(intensity === undefined || intensity.bound === 'exact' ? {} : { arithmeticIntensityBound: intensity.bound }),
    ...(seconds === undefined || flops.state === 'unknown' ? {} : { achievedFlopsPerSecond: flops.total / seconds }),
    ...(seconds === undefined || dram === undefined ? {} : { achievedDramBytesPerSecond: dram.totalBytes / seconds }),
    headroom: headroom(work),
  }
}

/** Launches of one kernel, added up as they come: of those with a duration; of all where none has one. */
class KernelSum {
  readonly functionName: string | undefined
  launches = 0
  measured = 0
  #sum = new WorkSum()
  // One for each of its keys.
  readonly #ratios = Object.fromEntries(counterRatios.map((ratio) => [ratio, new TimeWeighted()])) as Record<CounterRatio, TimeWeighted>

  constructor(functionName: string | undefined) {
    this.functionName = functionName
  }

  add({ work, ratios }: AnalyzedLaunch): void {
    this.launches += 1
    const { durationNs } = work
    if (durationNs === undefined && this.measured > 0) return
    if (durationNs !== undefined) {
      if (this.measured === 0) this.#sum = new WorkSum()
      this.measured += 1
      for (const ratio in ratios) this.#ratios[ratio as CounterRatio].add(durationNs, ratios[ratio as CounterRatio]) // its keys, as its type says
    }
    this.#sum.add(work)
  }

  work(): LaunchWork {
    return this.#sum.work()
  }

  ratio(ratio: CounterRatio): number | undefined {
    return this.#ratios[ratio].mean()
  }
}

function kernelOf(name: string, sum: KernelSum, rules: FamilyRules): NcuKernel {
  const work = sum.work()
  return {
    name,
    ...(sum.functionName === undefined ? {} : { functionName: sum.functionName }),
    family: familyOf(name, rules),
    launches: sum.launches,
    launchesMeasured: sum.measured,
    ...(work.durationNs === undefined ? {} : { totalNs: work.durationNs }),
    ...ratiosOf((ratio) => sum.ratio(ratio)),
    ...workFields(work),
  }
}

function resultOf({ index, result, ratios, work }: AnalyzedLaunch, row: CounterRow, counters: KernelCounters): NcuResult {
  const { rules, nvtx, process, scope, ...named } = result
  const { metrics, without } = metricsOf(counters, index)
  const shape = launchShape(row)
  const { blockLimits: _, limiters, multiprocessors: __, ...facts } = shape
  const stalls = topStalls(row)
  const pid = process === undefined ? undefined : counters.processes[process]?.pid
  return {
    index,
    scope,
    ...named,
    ...(pid === undefined ? {} : { pid }),
    metrics,
    ...(without.length === 0 ? {} : { metricsWithoutValue: without }),
    derived: {
      ...ratiosOf((ratio) => ratios[ratio]),
      ...facts,
      ...(limiters.length === 0 ? {} : { occupancyLimiters: [...limiters] }),
      ...workFields(work),
      ...(stalls.length === 0 ? {} : { stalls }),
    },
    rules: rulesOf(rules),
    ...(nvtx.length === 0 ? {} : { nvtx: [...nvtx] }),
  }
}

/** One entry per message: a rule may have none, and then says nothing. */
function rulesOf(rules: CounterResult['rules']): NcuResult['rules'] {
  return rules.flatMap(({ identifier, title, section, messages }) =>
    messages.map(({ kind, title: head, text, speedup, focusMetrics }) => ({
      identifier,
      title: head ?? title,
      ...(section === undefined ? {} : { section }),
      kind,
      message: text,
      ...(speedup === undefined ? {} : { speedup: { ...speedup } }),
      ...(focusMetrics.length === 0
        ? {}
        : {
            focusMetrics: focusMetrics.map(({ name, value, severity }) => ({
              name,
              ...(Number.isFinite(value) ? { value } : {}),
              severity,
            })),
          }),
    })),
  )
}

function metricsOf(counters: KernelCounters, index: number): { metrics: Record<string, number | string>; without: string[] } {
  const metrics: Record<string, number | string> = {}
  const without: string[] = []
  for (let at = counters.valueStart[index] ?? 0; at < (counters.valueStart[index + 1] ?? 0); at += 1) {
    const name = counters.metrics[counters.valueMetric[at] ?? -1]?.name ?? ''
    const text = counters.valueText?.[at] ?? -1
    const value = text >= 0 ? counters.texts[text] : counters.value[at]
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) without.push(name)
    else metrics[name] = value
  }
  return { metrics, without }
}
