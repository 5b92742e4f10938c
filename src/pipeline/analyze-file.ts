/** Everything that `analyze` says about one file: five questions, one reading. */
import { nextQuestion } from '#analysis/questions.ts'
import type { SourceFacets } from '#analysis/source-facets.ts'
import { shellWord } from '#base/shell-word.ts'
import type { AnalyzedFile } from '#formats/analysis.ts'
import type { DecodeBudget } from '#formats/decode-budget.ts'
import type { GatesReport } from '#formats/gates.ts'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import type { TimelineSummary } from '#formats/timeline-summary.ts'
import { type AskContext, askEach, type Outcome } from './ask.ts'
import { identify } from './open-capture.ts'
import { budgetQuestion, facetsQuestion, gatesQuestion, kernelsQuestion, timelineQuestion } from './questions.ts'

type Unsourced<T> = Omit<T, 'sources'>

/** The five, with the options that the commands use by default: `digest` fills the cache with the same. */
export const accountQuestions = [
  timelineQuestion(),
  kernelsQuestion({ by: 'name', byRange: false }),
  gatesQuestion('decode'),
  budgetQuestion(),
  facetsQuestion(),
] as const

/** `name` stands for the file in what to do next. */
export async function analyzeFile(context: AskContext, path: string, name: string): Promise<AnalyzedFile> {
  const { reader, detection } = identify(path)
  const { outcomes, sources } = await askEach<
    [Unsourced<TimelineSummary>, Unsourced<KernelSummary>, Unsourced<GatesReport>, Unsourced<DecodeBudget>, SourceFacets]
  >(context, [path], accountQuestions)
  const [timeline, kernels, gates, budget, facets] = outcomes
  const [source] = sources
  if (gates.state === 'refused') throw gates.error
  if (source === undefined) throw new Error('one file has one source')
  const report = gates.value
  const { question, next, reason } = nextQuestion(report.questions, report.gates)
  const decode = budget.state === 'answered' ? budget.value : undefined
  return {
    source: { ...source, path: name },
    kind: reader.kind,
    title: detection.title,
    devices: timeline.state === 'answered' ? timeline.value.devices.map(deviceOf) : [],
    ...kernelTimeOf(kernels),
    ...(facets.state === 'answered' ? facets.value : {}),
    ...(decode === undefined || decode.devices.length === 0 ? {} : { budget: budgetOf(decode) }),
    gates: {
      verdict: report.verdict,
      passed: report.passed,
      failed: report.gates.filter(({ outcome }) => outcome === 'fail'),
      cannotTell: report.gates.filter(({ outcome }) => outcome === 'cannot-tell').map(({ id }) => id),
    },
    busyClaimable: report.coverage.busyClaimable.state,
    idleClaimable: report.coverage.idleClaimable.state,
    questions: report.questions,
    losses: timeline.state === 'answered' ? timeline.value.losses : kernels.state === 'answered' ? kernels.value.losses : [],
    next: { question, reason, do: next.replaceAll('FILE', () => shellWord(name)) },
    ...(decode === undefined || decode.overall.class === 'unknown' ? {} : { lever: decode.next }),
  }
}

function deviceOf(device: TimelineSummary['devices'][number]): AnalyzedFile['devices'][number] {
  const { uuid, name, spanNs, busyNs, idleNs, kernels, overlap, idleGaps } = device
  const causes = idleGaps.attribution?.claimable === true ? idleGaps.attribution.causes : []
  const main = causes.reduce<(typeof causes)[number] | undefined>(
    (most, each) => (each.totalNs > (most?.totalNs ?? 0) ? each : most),
    undefined,
  )
  return {
    device: device.device,
    ...(uuid === undefined ? {} : { uuid }),
    ...(name === undefined ? {} : { name }),
    spanNs,
    busyNs,
    idleNs,
    kernels: kernels.count,
    communicationExposedNs: overlap.communicationExposedNs,
    copyExposedNs: overlap.copyExposedNs,
    ...(main === undefined ? {} : { mainIdleCause: main.cause }),
  }
}

function kernelTimeOf(kernels: Outcome<Unsourced<KernelSummary>>): Pick<AnalyzedFile, 'kernelTime'> {
  if (kernels.state === 'refused') return {}
  const { count, totalNs, families, unknownFamilyRatio } = kernels.value
  // Shares of samples are no time.
  if (count === undefined || totalNs === undefined) return {}
  return {
    kernelTime: {
      count,
      totalNs,
      families: families.map(({ family, totalNs: ns = 0, shareRatio }) => ({ family, totalNs: ns, shareRatio })),
      unknownFamilyRatio,
    },
  }
}

function budgetOf(decode: Unsourced<DecodeBudget>): AnalyzedFile['budget'] & object {
  const measured = decode.devices.find(({ state }) => state === 'measured')
  const why = decode.overall.class === 'unknown' ? decode.unknowns[0]?.reason : undefined
  return {
    class: decode.overall.class,
    ...(measured?.steps === undefined ? {} : { measuredPhase: measured.steps.measuredPhase }),
    ...(measured?.cadenceNs === undefined ? {} : { medianStepNs: measured.cadenceNs.medianNs }),
    ...(why === undefined ? {} : { reason: why }),
  }
}
