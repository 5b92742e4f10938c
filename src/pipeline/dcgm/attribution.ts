/** Splits a DCGM total over kernel categories, from the files that a request names. */
import { basename } from 'node:path'
import { attributeByCounters, type Scaling } from '#analysis/dcgm/attribution/by-counters.ts'
import { attributeByTime, type TimeShare } from '#analysis/dcgm/attribution/by-time.ts'
import { pricedKernels } from '#analysis/dcgm/attribution/priced-kernels.ts'
import type { Attribute } from '#analysis/dcgm/correlate.ts'
import type { FamilyRules } from '#analysis/families.ts'
import { fieldCategory } from '#analysis/field-categories.ts'
import { type DeviceNames, recogniseDevice } from '#analysis/hardware-names.ts'
import { kernelSide } from '#analysis/joins/kernel-parts.ts'
import { summarizeKernels } from '#analysis/kernel-summary.ts'
import { memoryOperations } from '#analysis/memory-operations.ts'
import { countedParts } from '#analysis/roofline/counted-kernels.ts'
import { roofsOf } from '#analysis/roofline/roofs.ts'
import { SextantError } from '#base/errors.ts'
import type { SourceReference } from '#formats/source.ts'
import type { Timeline } from '#model/timeline.ts'
import { loadDeviceNames } from '#pipeline/ceilings.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { type OpenedCapture, openCapture } from '#pipeline/open-capture.ts'
import { sourceNames } from '#pipeline/source-names.ts'
import type { CorrelationContext } from './correlate-window.ts'
import type { CorrelationRequest } from './request.ts'

export interface Attribution {
  readonly attribute?: Attribute
  readonly sources: readonly SourceReference[]
}

/** Throws where a file cannot give what it was named for: an attribution that leaves one out silently would look whole. */
export async function attributionOf(context: CorrelationContext, request: CorrelationRequest): Promise<Attribution> {
  const { kernelsJson, timeline, counters = [] } = request
  if (kernelsJson === undefined && timeline === undefined && counters.length === 0) return { sources: [] }
  if (counters.length > 0 && timeline === undefined)
    throw new SextantError(
      'usage',
      '--counters says what one launch moves, and nothing says how often it ran',
      'Give the launches with --timeline.',
    )
  if (kernelsJson !== undefined && timeline !== undefined)
    throw new SextantError('usage', '--kernels-json and --timeline both say which kernels ran', 'Give one of them.')
  const given = [kernelsJson ?? timeline ?? '', ...counters]
  const opened = await Promise.all(given.map((path) => openCapture(context.path(path), { needs: ['geometry'] })))
  const names = sourceNames(given)
  const sources = opened.map(({ sha256 }, at) => ({ path: names[at] ?? '', sha256 }))
  const [launched, ...counted] = opened
  if (launched === undefined) return { sources }
  const rules = loadFamilyRules(context.configRoot)
  const attribute =
    counted.length === 0
      ? byTime(launched, rules, kernelsJson)
      : byCounters(launched, counted, { rules, names: loadDeviceNames(context.configRoot) }, request)
  return { attribute, sources }
}

/** Rows that a capture knows times or samples of, as shares. */
function byTime({ capture, losses }: OpenedCapture, rules: FamilyRules, kernelsJson: string | undefined): Attribute {
  const { kernels, source, samples } = summarizeKernels(capture, losses, rules)
  const shares = new Map<string, number>()
  for (const row of kernels) shares.set(fieldCategory(row), (shares.get(fieldCategory(row)) ?? 0) + row.shareRatio)
  const list: TimeShare[] = [...shares].map(([category, ratio]) => ({ category, ratio }))
  const what = source === 'samples' && samples?.unit !== 'ns' ? 'GPU samples' : 'kernel time'
  return ({ resources }) => ({
    capturedSources: [sourceKind(capture.kind, capture.tool.name)],
    ...(kernelsJson === undefined ? {} : { kernelsJsonPath: basename(kernelsJson) }),
    ...attributeByTime(list, what, measuredBytes(resources)),
  })
}

function byCounters(
  launched: OpenedCapture,
  counted: readonly OpenedCapture[],
  { rules, names }: { readonly rules: FamilyRules; readonly names: DeviceNames },
  request: CorrelationRequest,
): Attribute {
  const { capture } = launched
  const side = kernelSide(capture, rules)
  if (side === undefined || side.counts !== 'launches')
    throw new SextantError(
      'missing_data',
      `${launched.path} counts no launches`,
      'Give an nsys or kineto capture, or nsys stats, with --timeline.',
    )
  const copies = capture.timeline === undefined ? [] : memoryOperations(capture.timeline)
  const devices = Math.max(1, capture.timeline === undefined ? 1 : busyDevices(capture.timeline))
  const tracedS = capture.timeline === undefined ? undefined : spanS(capture.timeline)
  return ({ resources, found, durationS, collectIntervalS, outputTokens }) => {
    const roofs = roofsOf(found.hardware)
    const memory = resources.find(({ resource, is_headline: isHeadline }) => resource === 'hbm' && isHeadline)
    const parts = countedParts(
      counted.map((each) => each.capture),
      rules,
    )
    return {
      capturedSources: [sourceKind(capture.kind, capture.tool.name), 'ncu'],
      ...attributeByCounters(
        { kernels: pricedKernels(side, parts, roofs, rules), copies, devices },
        scalingOf(request, durationS, outputTokens, tracedS),
        {
          bytes: measuredBytes(resources),
          gpus: memory?.n_gpus ?? 0,
          edgeRatio: (2 * collectIntervalS) / durationS,
          memoryBytesPerS: roofs.dramBytes?.perSecond,
          memoryKey: memory?.peak_key,
        },
        foreignCounters(counted, found, names),
      ),
    }
  }
}

/** Bytes of a launch on another model of GPU (other caches, other tile sizes) say little of this one. */
function foreignCounters(counted: readonly OpenedCapture[], { hardware }: Parameters<Attribute>[0]['found'], names: DeviceNames): string[] {
  const ours = names.fieldKeys.get(hardware.key) ?? hardware.key
  const models = new Set(counted.flatMap(({ capture }) => capture.devices.flatMap(({ name }) => name ?? [])))
  const foreign = [...models].sort().filter((model) => (recogniseDevice(names, model).key ?? ours) !== ours)
  return foreign.length === 0
    ? []
    : [`counters were taken on ${foreign.join(', ')}, the window is of ${hardware.name}: caches and tile sizes differ`]
}

const measuredBytes = (resources: Parameters<Attribute>[0]['resources']): number | undefined =>
  resources.find(({ resource, standing }) => resource === 'hbm' && standing === 'measured')?.measured_bytes_total ?? undefined

const sourceKind = (kind: string, tool: string): string => (kind.startsWith('nsys') ? 'nsys' : kind === 'kernels-json' ? tool : kind)

function scalingOf(request: CorrelationRequest, durationS: number, outputTokens: number | undefined, tracedS: number | undefined): Scaling {
  const { tracedTokens, tracedSteps, windowSteps } = request
  if (tracedSteps !== undefined && windowSteps !== undefined)
    return { factor: windowSteps / tracedSteps, from: `${windowSteps} steps in the window over ${tracedSteps} traced`, isByTime: false }
  if (tracedTokens !== undefined && outputTokens !== undefined)
    return {
      factor: outputTokens / tracedTokens,
      from: `${Math.round(outputTokens)} output tokens in the window over ${tracedTokens} traced`,
      isByTime: false,
    }
  if (tracedTokens !== undefined)
    throw new SextantError(
      'missing_data',
      '--traced-tokens needs the tokens of the window, and no benchmark says them',
      'Give the benchmark’s result with --bench, or --traced-steps and --window-steps.',
    )
  if (tracedS === undefined || tracedS <= 0)
    throw new SextantError(
      'missing_data',
      'nothing says how the traced launches relate to the window: the input has no timeline',
      'Give --traced-steps and --window-steps, or --traced-tokens with --bench.',
    )
  return { factor: durationS / tracedS, from: `${durationS} s of window over ${tracedS.toPrecision(4)} s traced`, isByTime: true }
}

/** From the first kernel to the end of the last. */
function spanS({ kernels }: Timeline): number {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (let row = 0; row < kernels.length; row += 1) {
    const start = kernels.startNs[row] ?? 0
    from = Math.min(from, start)
    to = Math.max(to, start + (kernels.durationNs[row] ?? 0))
  }
  return (to - from) / 1e9
}

function busyDevices({ kernels, lanes }: Timeline): number {
  const devices = new Set<number>()
  for (let row = 0; row < kernels.length; row += 1) devices.add(lanes[kernels.lane[row] ?? 0]?.device ?? 0)
  return devices.size
}
