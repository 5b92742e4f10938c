/** Asks every capture of a bundle what the existing commands ask of it, each opened at most once, and keeps the answers as documents. */
import type { Document } from '#analysis/synthesis/cite.ts'
import { servingCell } from '#analysis/synthesis/serving-cell.ts'
import type { SextantError } from '#base/errors.ts'
import type { BenchResultReport } from '#formats/bench-result.ts'
import type { MetricsReport } from '#formats/metrics.ts'
import type { Citation, SourceReference } from '#formats/source.ts'
import type { AskContext, Outcome, Question } from '#pipeline/ask.ts'
import { askParts, type Part } from '#pipeline/ask-parts.ts'
import { benchResultQuestion, metricsQuestion } from '#pipeline/source-questions.ts'
import type { BundleFile } from './bundle-files.ts'

export interface GatherContext extends AskContext {
  /** Of the program: part of every citation. */
  readonly version: string
  /** SHA-256 of files by their place, as far as they were read. */
  readonly hashes: Map<string, string>
}

/** Named by its place in the bundle, so that whoever verifies a figure finds the file. */
export function sourceOf({ hashes }: GatherContext, { place }: BundleFile): SourceReference {
  const sha256 = hashes.get(place)
  if (sha256 === undefined) throw new Error(`${place} was not read`)
  return { path: place, sha256 }
}

/** One question about some files, as the command that asks it would be called. */
export interface Asking {
  readonly files: readonly BundleFile[]
  readonly command: string
  readonly input: Citation['input']
  readonly tier: Citation['tier']
  readonly question: Question<unknown>
}

export interface Asked {
  readonly asking: Asking
  readonly outcome: Outcome<unknown>
}

/** The answer of `asking`, as a document; undefined where it was refused. */
export function documentOf<T>(context: GatherContext, { asking, outcome }: Asked): Document<T> | undefined {
  if (outcome.state === 'refused') return undefined
  const { command, input, tier, files } = asking
  // Each asking carries the question of its own type: the caller names it.
  return {
    command,
    version: context.version,
    input,
    tier,
    artifacts: files.map((file) => sourceOf(context, file)),
    output: outcome.value as T,
  }
}

export async function askAll(context: GatherContext, files: readonly BundleFile[], askings: readonly Asking[]): Promise<Asked[]> {
  const parts: Part[] = askings.map(({ files: own, question }) => ({ of: own.map((file) => files.indexOf(file)), question }))
  const { outcomes, hashes } = await askParts(
    context,
    files.map(({ path }) => path),
    parts,
  )
  for (const [index, { place }] of files.entries()) {
    const sha256 = hashes[index]
    if (sha256 !== undefined) context.hashes.set(place, sha256)
  }
  return askings.map((asking, index) => {
    const outcome = outcomes[index]
    if (outcome === undefined) throw new Error('every part has an outcome')
    return { asking, outcome }
  })
}

export interface ServingRead {
  readonly bench: readonly Document<Omit<BenchResultReport, 'sources'>>[]
  readonly metrics?: Document<Omit<MetricsReport, 'sources'>>
  readonly refused: readonly { readonly file: BundleFile; readonly error: SextantError }[]
  /** Dumps that are neither the first nor the last of the engine’s, with why. */
  readonly unused: readonly { readonly file: BundleFile; readonly why: string }[]
  /** Milliseconds, as the option of decode-budget takes it. */
  readonly tpotMs?: number
  readonly tokensPerStep?: number
}

/** Results of load generators and dumps of endpoints: small files, whose figures other questions take. */
export async function readServing(
  context: GatherContext,
  files: readonly BundleFile[],
  concurrency: number | undefined,
): Promise<ServingRead> {
  const clients = files.filter(({ form }) => form === 'client')
  const endpoints = files.filter(({ form }) => form === 'endpoint')
  const asked = await askAll(context, files, [
    ...clients.map((file) => ({
      files: [file],
      command: 'bench-result',
      input: { files: [file.place] },
      tier: 'L2' as const,
      question: benchResultQuestion([file.place]),
    })),
    ...endpoints.map((file) => metricsAsking([file])),
  ])
  const bench = asked.slice(0, clients.length).flatMap((each) => documentOf<Omit<BenchResultReport, 'sources'>>(context, each) ?? [])
  const dumps = asked.slice(clients.length)
  const refused = asked.flatMap(({ asking, outcome }) => {
    const [file] = asking.files
    return outcome.state === 'refused' && file !== undefined ? [{ file, error: outcome.error }] : []
  })
  const { metrics, unused } = await pairDumps(context, files, dumps)
  const cell = servingCell(bench, concurrency)
  const tpot =
    'document' in cell
      ? cell.document.output.cells[cell.at]?.latencies.find(({ quantity, statistic }) => quantity === 'tpot' && statistic === 'p50')
          ?.valueNs
      : undefined
  const accepted =
    metrics?.output.derived.find(({ name }) => name === 'acceptance-length')?.value ??
    metrics?.output.readings.find(({ quantity }) => quantity === 'accept-length-reported')?.value
  return {
    bench,
    refused,
    unused,
    ...(metrics === undefined ? {} : { metrics }),
    ...(tpot === undefined || tpot <= 0 ? {} : { tpotMs: tpot / 1e6 }),
    ...(accepted === undefined || accepted <= 0 ? {} : { tokensPerStep: accepted }),
  }
}

function metricsAsking(files: readonly BundleFile[]): Asking {
  const [first, post] = files
  return {
    files,
    command: 'metrics',
    input: { file: first?.place ?? '', ...(post === undefined ? {} : { post: post.place }) },
    tier: 'L2',
    question: metricsQuestion(undefined),
  }
}

/** Dumps of engines, the first and the last of them by what their counters had gained. */
async function pairDumps(
  context: GatherContext,
  files: readonly BundleFile[],
  dumps: readonly Asked[],
): Promise<Pick<ServingRead, 'metrics' | 'unused'>> {
  const engines = dumps.flatMap((asked) => {
    const document = documentOf<Omit<MetricsReport, 'sources'>>(context, asked)
    const [file] = asked.asking.files
    if (document === undefined || file === undefined) return []
    const counters = document.output.readings.filter(({ semantics, entity }) => semantics === 'counter' && entity === 'all engines')
    return counters.length === 0 ? [] : [{ file, document, gained: counters.reduce((sum, { value }) => sum + value, 0) }]
  })
  engines.sort((a, b) => a.gained - b.gained || (a.file.place < b.file.place ? -1 : 1))
  const [first, last] = [engines[0], engines.at(-1)]
  if (first === undefined || last === undefined || first === last)
    return { ...(first === undefined ? {} : { metrics: first.document }), unused: [] }
  const [pair] = await askAll(context, files, [metricsAsking([first.file, last.file])])
  const metrics = pair === undefined ? undefined : documentOf<Omit<MetricsReport, 'sources'>>(context, pair)
  return {
    ...(metrics === undefined ? {} : { metrics }),
    unused: engines.slice(1, -1).map(({ file }) => ({ file, why: 'a dump between the first and the last' })),
  }
}
