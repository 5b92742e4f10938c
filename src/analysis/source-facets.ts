/** What `analyze` says of a source that is no timeline, in a few figures; its own command says the rest. */
import { classifyKernelName, type FamilyRules } from '#analysis/families.ts'
import { combinedWork } from '#analysis/kernel-counters/combined-work.ts'
import { headroom } from '#analysis/kernel-counters/roof.ts'
import { eachLaunch } from '#analysis/kernel-counters/summarize.ts'
import type { LaunchWork } from '#analysis/kernel-counters/work.ts'
import { seriesOf } from '#analysis/metric-series.ts'
import { summarizeSampledKernels } from '#analysis/sampled-kernels.ts'
import type { AnalyzedFile } from '#formats/analysis.ts'
import type { Capture, Loss } from '#model/capture.ts'
import { shortKernelName } from '#model/kernel-name.ts'

export type SourceFacets = Pick<AnalyzedFile, 'counted' | 'sampled' | 'client' | 'endpoint'>

export function sourceFacets(capture: Capture, losses: readonly Loss[], rules: FamilyRules): SourceFacets {
  const { kernelCounters, shares, benchResult, metricSamples } = capture
  return {
    ...(kernelCounters === undefined ? {} : { counted: countedOf(capture, rules) }),
    ...(shares === undefined || shares.gpuFrames.length === 0 ? {} : { sampled: sampledOf(capture, losses, rules) }),
    ...(benchResult === undefined
      ? {}
      : {
          client: {
            tool: benchResult.tool,
            cells: benchResult.cells.length,
            findings: benchResult.cells.reduce((sum, { findings }) => sum + findings.length, 0),
          },
        }),
    ...(metricSamples === undefined ? {} : { endpoint: endpointOf(metricSamples) }),
  }
}

function countedOf(capture: Capture, rules: FamilyRules): NonNullable<AnalyzedFile['counted']> {
  const kernels = new Map<string, { family: string; launches: number; works: LaunchWork[] }>()
  eachLaunch(capture, rules, ({ result, work }) => {
    if (result.scope !== 'kernel') return
    const name = result.demangledName ?? result.functionName ?? 'unnamed'
    const family = classifyKernelName({ name, shortName: shortKernelName(name) }, rules).family ?? 'unknown'
    const kernel = kernels.get(name) ?? { family, launches: 0, works: [] }
    kernel.launches += 1
    kernel.works.push(work)
    kernels.set(name, kernel)
  })
  const judged = [...kernels.values()].map(({ works, ...kernel }) => ({ ...kernel, ...headroom(combinedWork(works)) }))
  const undecided = judged.filter(({ state }) => state === 'undecidable')
  return {
    launches: capture.kernelCounters?.results.length ?? 0,
    kernels: judged.length,
    decidable: judged.length - undecided.length,
    families: [...new Set(judged.map(({ family }) => family))].sort(),
    undecidable: [...new Set(undecided.flatMap(({ reason }) => reason ?? []))].sort(),
  }
}

function sampledOf(capture: Capture, losses: readonly Loss[], rules: FamilyRules): NonNullable<AnalyzedFile['sampled']> {
  const { samples, families, unknownFamilyRatio } = summarizeSampledKernels(capture, losses, rules)
  return {
    unit: samples?.unit ?? 'unknown',
    total: samples?.total ?? 0,
    weak: samples?.weak ?? false,
    families: families.map(({ family, shareRatio }) => ({ family, shareRatio })),
    unknownFamilyRatio,
  }
}

function endpointOf(samples: NonNullable<Capture['metricSamples']>): NonNullable<AnalyzedFile['endpoint']> {
  const set = seriesOf(samples)
  const entities = (isEngine: boolean): number =>
    new Set(set.filter(({ level }) => (level === 'engine') === isEngine).map((series) => set.entity(series).id)).size
  return { samples: samples.length, engines: entities(true), devices: entities(false) }
}
