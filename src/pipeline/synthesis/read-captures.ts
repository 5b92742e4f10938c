/** What timelines, counters and samples of a bundle say, one reading of each. */
import type { Document } from '#analysis/synthesis/cite.ts'
import type { TimedReading } from '#analysis/synthesis/readings.ts'
import type { SextantError } from '#base/errors.ts'
import type { DecodeBudget } from '#formats/decode-budget.ts'
import type { GatesReport } from '#formats/gates.ts'
import type { KernelSummary } from '#formats/kernel-summary.ts'
import type { NcuSummary } from '#formats/ncu-summary.ts'
import type { Roofline } from '#formats/roofline.ts'
import type { TimelineSummary } from '#formats/timeline-summary.ts'
import { budgetQuestion, countersQuestion, gatesQuestion, kernelsQuestion, timelineQuestion } from '#pipeline/questions.ts'
import { type CaptureRelation, relationsQuestion } from '#pipeline/relations-question.ts'
import { rooflineQuestion } from '#pipeline/roofline-question.ts'
import type { BundleFile } from './bundle-files.ts'
import { type Asked, type Asking, askAll, documentOf, type GatherContext } from './read-bundle.ts'

type Unsourced<T> = Omit<T, 'sources'>

export interface CaptureOptions {
  readonly tpotMs?: number
  readonly tokensPerStep?: number
  /** Key or name of the hardware, where the captures do not name it. */
  readonly hardware?: string
}

export interface CapturesRead {
  readonly timed: readonly (TimedReading & { readonly file: BundleFile })[]
  readonly budget?: Document<Unsourced<DecodeBudget>>
  readonly counters: readonly { readonly file: BundleFile; readonly document: Document<Unsourced<NcuSummary>> }[]
  readonly roofline?: Document<Unsourced<Roofline>>
  readonly samples: readonly { readonly file: BundleFile; readonly document: Document<Unsourced<KernelSummary>> }[]
  /** Indices are into `related`. */
  readonly relations: readonly CaptureRelation[]
  readonly related: readonly BundleFile[]
  readonly refused: readonly { readonly file: BundleFile; readonly error: SextantError }[]
}

/**
 * @param job timelines that are ranks of one job, or the one that is taken: the budget is over them. The roofline joins the first of them
 * with all counters.
 */
export async function readCaptures(
  context: GatherContext,
  files: readonly BundleFile[],
  job: readonly BundleFile[],
  options: CaptureOptions,
): Promise<CapturesRead> {
  const of = (form: BundleFile['form']) => files.filter((file) => file.form === form)
  const timed = [...of('timeline'), ...of('statistics')]
  const [counters, samples] = [of('counters'), of('samples')]
  const related = [...timed, ...counters, ...samples]
  const asked = await askAll(context, files, [
    ...timed.flatMap(timedAskings),
    ...counters.map(countersAsking),
    ...samples.map(kernelsAsking),
    ...(job.length === 0 ? [] : [budgetAsking(job, options)]),
    ...(counters.length === 0 ? [] : rooflineAskings(context, [...counters, ...(job.length > 0 ? job : timed).slice(0, 1)], options)),
    ...(related.length < 2 ? [] : [relationsAsking(related)]),
  ])
  const answer = <T>(command: string, file?: BundleFile): Document<T> | undefined => {
    const own = asked.find(({ asking }) => asking.command === command && (file === undefined || asking.files[0] === file))
    return own === undefined ? undefined : documentOf<T>(context, own)
  }
  const budget = answer<Unsourced<DecodeBudget>>('decode-budget')
  const roofline = rooflineOf(context, asked)
  return {
    timed: timed.map((file) => timedReading(file, answer)),
    ...(budget === undefined ? {} : { budget }),
    counters: withDocument(counters, (file) => answer<Unsourced<NcuSummary>>('ncu', file)),
    ...(roofline === undefined ? {} : { roofline }),
    samples: withDocument(samples, (file) => answer<Unsourced<KernelSummary>>('kernels', file)),
    relations: answer<readonly CaptureRelation[]>('relations')?.output ?? [],
    related,
    refused: refusals(asked, [...timed, ...counters, ...samples]),
  }
}

function withDocument<T>(files: readonly BundleFile[], of: (file: BundleFile) => T | undefined) {
  return files.flatMap((file) => {
    const document = of(file)
    return document === undefined ? [] : [{ file, document }]
  })
}

function timedReading(
  file: BundleFile,
  answer: <T>(command: string, file: BundleFile) => Document<T> | undefined,
): TimedReading & { readonly file: BundleFile } {
  const gates = answer<Unsourced<GatesReport>>('gates', file)
  const timeline = file.form === 'timeline' ? answer<Unsourced<TimelineSummary>>('timeline', file) : undefined
  const kernels = answer<Unsourced<KernelSummary>>('kernels', file)
  return {
    file,
    name: file.place,
    kind: file.kind === 'kineto' ? 'kineto' : 'nsys',
    ...(gates === undefined ? {} : { gates }),
    ...(timeline === undefined ? {} : { timeline }),
    ...(kernels === undefined ? {} : { kernels }),
  }
}

/** The first refusal of the question that a file cannot do without: what it is for. */
function refusals(asked: readonly Asked[], files: readonly BundleFile[]): CapturesRead['refused'] {
  return files.flatMap((file) => {
    const main = file.form === 'counters' ? 'ncu' : file.form === 'samples' ? 'kernels' : 'gates'
    const own = asked.find(({ asking }) => asking.command === main && asking.files[0] === file)
    return own?.outcome.state === 'refused' ? [{ file, error: own.outcome.error }] : []
  })
}

function timedAskings(file: BundleFile): Asking[] {
  const own = { files: [file], input: { file: file.place }, tier: 'L2' as const }
  return [
    { ...own, command: 'gates', question: gatesQuestion('any') },
    ...(file.form === 'timeline' ? [{ ...own, command: 'timeline', question: timelineQuestion() }] : []),
    { ...own, command: 'kernels', question: kernelsQuestion({ by: 'name', byRange: false }) },
  ]
}

const kernelsAsking = (file: BundleFile): Asking => ({
  files: [file],
  command: 'kernels',
  input: { file: file.place },
  tier: 'L1',
  question: kernelsQuestion({ by: 'name', byRange: false }),
})

const countersAsking = (file: BundleFile): Asking => ({
  files: [file],
  command: 'ncu',
  input: { file: file.place },
  tier: 'L4',
  question: countersQuestion(),
})

function budgetAsking(files: readonly BundleFile[], { tpotMs, tokensPerStep }: CaptureOptions): Asking {
  return {
    files,
    command: 'decode-budget',
    input: {
      traces: files.map(({ place }) => place),
      ...(tpotMs === undefined ? {} : { tpotMs }),
      ...(tokensPerStep === undefined ? {} : { tokensPerStep }),
    },
    tier: 'L2',
    question: budgetQuestion({
      // The command multiplies what it is given: the same product, to the last bit.
      ...(tpotMs === undefined ? {} : { driverTpotNs: tpotMs * 1e6 }),
      ...(tokensPerStep === undefined ? {} : { tokensPerStep }),
    }),
  }
}

/** By what the captures name, and by what is declared: the latter counts only where the former is nothing. */
function rooflineAskings(context: GatherContext, files: readonly BundleFile[], { hardware }: CaptureOptions): Asking[] {
  const own = { files, command: 'roofline', tier: 'L4' as const }
  const places = files.map(({ place }) => place)
  const named: Asking = { ...own, input: { files: places }, question: rooflineQuestion(context.configRoot) }
  if (hardware === undefined) return [named]
  return [named, { ...own, input: { files: places, hardware }, question: rooflineQuestion(context.configRoot, { hardware }) }]
}

function rooflineOf(context: GatherContext, asked: readonly Asked[]): Document<Unsourced<Roofline>> | undefined {
  const all = asked
    .filter(({ asking }) => asking.command === 'roofline')
    .flatMap((each) => documentOf<Unsourced<Roofline>>(context, each) ?? [])
  return all.find(({ output }) => output.hardware !== undefined) ?? all[0]
}

const relationsAsking = (files: readonly BundleFile[]): Asking => ({
  files,
  command: 'relations',
  input: {},
  tier: 'L2',
  question: relationsQuestion(files.map(({ place }) => place)),
})
