/**
 * What a bundle's captures say where nobody has prepared the field's artifacts of them: kernels of timelines, statistics and samples, counters,
 * the decode budget, the DCGM window, the benchmark. Each file is recognised by its content, opened once, and counts only where its capture
 * gates do not fail: an empty profile draws nothing and raises nothing (trap H1).
 */
import type { ReportSubject } from '#analysis/report/report-subject.ts'
import { isSextantError } from '#base/errors.ts'
import type { DcgmCorrelation } from '#formats/dcgm-correlation.ts'
import type { DecodeBudget } from '#formats/decode-budget.ts'
import type { GatesReport } from '#formats/gates.ts'
import type { InferencePerfbench } from '#formats/inference-perfbench.ts'
import type { KernelExport } from '#formats/kernel-export.ts'
import type { KernelsJson } from '#formats/kernels-json.ts'
import type { NcuKernelsJson } from '#formats/ncu-kernels-json.ts'
import type { SourceReference } from '#formats/source.ts'
import type { AskContext, Question } from '#pipeline/ask.ts'
import { askParts } from '#pipeline/ask-parts.ts'
import { correlateWindow } from '#pipeline/dcgm/correlate-window.ts'
import { kernelArtifactQuestion } from '#pipeline/kernel-artifact-question.ts'
import { bridgeBundle } from '#pipeline/perfbench.ts'
import { budgetQuestion, gatesQuestion } from '#pipeline/questions.ts'
import { type BundleFile, bundleFiles } from '#pipeline/synthesis/bundle-files.ts'
import { hashPath } from '#platform/hashing.ts'

/** Kernels to list, as the page shows of one cell. */
const TOP = 20

export interface RawCaptures {
  readonly kernels: readonly { readonly place: string; readonly from: 'time' | 'samples'; readonly artifact: KernelsJson }[]
  readonly counters: readonly { readonly place: string; readonly artifact: NcuKernelsJson }[]
  readonly budgets: ReportSubject['budgets']
  readonly dcgm?: DcgmCorrelation
  readonly bench?: InferencePerfbench
  readonly sources: readonly SourceReference[]
  readonly notes: readonly string[]
}

/** What is there already, prepared: it is not made again. */
export interface Prepared {
  readonly kernels: boolean
  readonly counters: boolean
  readonly budgets: boolean
  readonly dcgm: boolean
  readonly bench: boolean
}

interface Asking {
  readonly file: BundleFile
  readonly what: 'gates' | 'kernels' | 'budget'
  readonly question: Question<unknown>
}

function askingsOf(file: BundleFile, prepared: Prepared, configRoot: string): Asking[] {
  const isTimed = file.form === 'timeline' || file.form === 'statistics'
  const wanted = file.form === 'counters' ? !prepared.counters : !prepared.kernels
  return [
    ...(isTimed ? [{ file, what: 'gates' as const, question: gatesQuestion('any') }] : []),
    ...(wanted ? [{ file, what: 'kernels' as const, question: kernelArtifactQuestion(configRoot, TOP) }] : []),
    ...(file.form === 'timeline' && !prepared.budgets ? [{ file, what: 'budget' as const, question: budgetQuestion({}) }] : []),
  ]
}

class Reading {
  readonly context: AskContext
  readonly sources = new Map<string, string>()
  readonly notes: string[] = []
  /** Places whose gates do not fail, or that have none. */
  readonly valid: BundleFile[] = []

  readonly #folder: string

  constructor(context: AskContext, folder: string) {
    this.context = context
    this.#folder = folder
  }

  refuse(place: string, error: unknown): undefined {
    if (!isSextantError(error)) throw error
    // Outputs name files by their place in the bundle, never by where it lies.
    this.notes.push(`${place}: ${error.message.replaceAll(`${this.#folder}/`, '')}: not used`)
    return undefined
  }
}

/** @param folder of the bundle. Throws only where the folder cannot be read. */
export async function rawCaptures(context: AskContext, folder: string, prepared: Prepared): Promise<RawCaptures> {
  const all = bundleFiles(folder)
  const reading = new Reading(context, folder)
  const known = all.filter(({ form }) => form === 'timeline' || form === 'statistics' || form === 'counters' || form === 'samples')
  const { kernels, counters, budgets } = await captured(reading, known, prepared)
  const dcgm = prepared.dcgm ? undefined : await windowOf(reading, all)
  const bench = prepared.bench ? undefined : await benchOf(reading, all)
  return {
    kernels,
    counters,
    budgets,
    ...(dcgm === undefined ? {} : { dcgm }),
    ...(bench === undefined ? {} : { bench }),
    sources: [...reading.sources].map(([path, sha256]) => ({ path, sha256 })),
    notes: reading.notes,
  }
}

async function captured(
  reading: Reading,
  files: readonly BundleFile[],
  prepared: Prepared,
): Promise<Pick<RawCaptures, 'kernels' | 'counters' | 'budgets'>> {
  const { context } = reading
  const askings = files.flatMap((file) => askingsOf(file, prepared, context.configRoot))
  const { outcomes, hashes } = await askParts(
    context,
    files.map(({ path }) => path),
    askings.map(({ file, question }) => ({ of: [files.indexOf(file)], question })),
  )
  const answer = (file: BundleFile, what: Asking['what']): unknown => {
    const at = askings.findIndex((each) => each.file === file && each.what === what)
    const outcome = outcomes[at]
    if (outcome === undefined) return undefined
    return outcome.state === 'answered' ? outcome.value : reading.refuse(file.place, outcome.error)
  }
  const kernels: RawCaptures['kernels'][number][] = []
  const counters: RawCaptures['counters'][number][] = []
  const budgets: ReportSubject['budgets'][number][] = []
  for (const [index, file] of files.entries()) {
    // Each question has its own type; the caller of `answer` names it.
    const gates = answer(file, 'gates') as Omit<GatesReport, 'sources'> | undefined
    const hasGates = file.form === 'timeline' || file.form === 'statistics'
    if (hasGates && gates === undefined) continue
    if (gates?.verdict === 'fail') {
      const failed = gates.gates.filter(({ outcome }) => outcome === 'fail').map(({ id }) => id)
      reading.notes.push(`${file.place}: the capture gate ${failed.join(', ')} fails: nothing of it is shown (sextant gates)`)
      continue
    }
    reading.valid.push(file)
    const hash = hashes[index]
    if (hash !== undefined) reading.sources.set(file.place, hash)
    const artifact = (answer(file, 'kernels') as Pick<KernelExport, 'artifact'> | undefined)?.artifact
    if (artifact !== undefined && 'kernels' in artifact) counters.push({ place: file.place, artifact })
    else if (artifact !== undefined) kernels.push({ place: file.place, from: file.form === 'samples' ? 'samples' : 'time', artifact })
    const budget = answer(file, 'budget') as Omit<DecodeBudget, 'sources'> | undefined
    if (budget !== undefined && budget.devices.length > 0)
      budgets.push({ name: file.place, budget: { ...budget, sources: [{ path: file.place, sha256: hash ?? '' }] } as DecodeBudget })
  }
  return { kernels, counters, budgets }
}

/** One window: the first that can be computed. Bytes are attributed to categories where a timeline and counters are there beside it. */
async function windowOf(reading: Reading, all: readonly BundleFile[]): Promise<DcgmCorrelation | undefined> {
  const frozen = all.filter(({ form }) => form === 'dcgm-frozen')
  const timeline = reading.valid.find(({ form }) => form === 'timeline')
  const counters = reading.valid.filter(({ form }) => form === 'counters').map(({ path }) => path)
  const { configRoot, env } = reading.context
  for (const { path, place } of frozen) {
    const ask = (more: object) => correlateWindow({ configRoot, env, path: (given) => given }, { frozenYaml: path, ...more })
    try {
      const attributed =
        timeline === undefined || counters.length === 0
          ? undefined
          : await ask({ timeline: timeline.path, counters }).catch((error: unknown) => reading.refuse(`${place}, bytes by category`, error))
      const { correlation } = attributed ?? (await ask({}))
      reading.sources.set(place, await hashPath(path))
      const left = frozen.filter((each) => each.path !== path).map((each) => each.place)
      if (left.length > 0) reading.notes.push(`${left.join(', ')}: not used, ${place} already gives the device counters`)
      return correlation
    } catch (error) {
      reading.refuse(place, error)
    }
  }
  return undefined
}

/** All results together: a file per concurrency is one benchmark. */
async function benchOf(reading: Reading, all: readonly BundleFile[]): Promise<InferencePerfbench | undefined> {
  const clients = all.filter(({ form }) => form === 'client')
  if (clients.length === 0) return undefined
  try {
    const { document, notes } = await bridgeBundle(
      clients.map(({ path }) => path),
      { configRoot: reading.context.configRoot },
    )
    for (const { path, place } of clients) reading.sources.set(place, await hashPath(path))
    reading.notes.push(...notes)
    return document
  } catch (error) {
    return reading.refuse(clients.map(({ place }) => place).join(', '), error)
  }
}
