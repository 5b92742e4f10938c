/**
 * From the folder of a bundle to one picture of what it shows: every capture read once, judged by its gates, related to the others, and its
 * figures cited. Fewer than two valid kinds of source, or captures of different workloads, are a refusal.
 */
import { deploymentOf } from '#analysis/levers/knobs.ts'
import { bottlenecksOf } from '#analysis/synthesis/bottlenecks/bottlenecks.ts'
import { buildEvidence } from '#analysis/synthesis/build-evidence.ts'
import { CitationBook } from '#analysis/synthesis/cite.ts'
import { compareSources } from '#analysis/synthesis/contradictions/contradictions.ts'
import { missingContext } from '#analysis/synthesis/missing-context.ts'
import type { Readings } from '#analysis/synthesis/readings.ts'
import { audit } from '#analysis/synthesis/reconcile/conservation.ts'
import { reconcile } from '#analysis/synthesis/reconcile/reconciliation.ts'
import { refuseTooFew, refuseUnrelated } from '#analysis/synthesis/refusal.ts'
import { servingCell } from '#analysis/synthesis/serving-cell.ts'
import { solRigor } from '#analysis/synthesis/sol-rigor.ts'
import { unknownsOf } from '#analysis/synthesis/unknowns.ts'
import type { InventoryItem } from '#formats/synthesis.ts'
import type { AskContext } from '#pipeline/ask.ts'
import { loadEngineKnobs } from '#pipeline/engine-knobs.ts'
import { loadSourceTolerances } from '#pipeline/source-tolerances.ts'
import { type BundleFile, bundleFiles } from './bundle-files.ts'
import { bundleOf } from './bundle-identity.ts'
import { type Declared, declaredDeployment } from './declared.ts'
import type { Gathered, GatherOptions, ReplaySource } from './gathered.ts'
import { hardwareOf, otherModels } from './hardware.ts'
import { inventoryOf, validKinds } from './inventory.ts'
import { candidates, type Job, jobOf, strangers } from './job.ts'
import { type GatherContext, readServing, type ServingRead, sourceOf } from './read-bundle.ts'
import { type CapturesRead, readCaptures } from './read-captures.ts'
import { type DcgmRead, readDcgm } from './read-dcgm.ts'

interface Read {
  readonly files: readonly BundleFile[]
  readonly declared: Declared
  readonly serving: ServingRead
  readonly captures: CapturesRead
  readonly job: Job
  readonly dcgm: readonly DcgmRead[]
}

/** @param shown the bundle as the caller named it. @param options `version` is the program’s, for citations. */
export async function gather(
  asking: AskContext,
  folder: string,
  shown: string,
  options: GatherOptions & { readonly version: string },
): Promise<Gathered> {
  const context: GatherContext = { ...asking, version: options.version, hashes: new Map() }
  const bundle = bundleOf(folder, shown)
  const read = await readAll(context, folder, options)
  const { files, declared, serving, captures, job, dcgm } = read
  const inventory = await inventoryOf(context, { files, captures, serving, dcgm, declared, unused: job.others })
  const isValid = (file: BundleFile) => inventory.some(({ source, state }) => source.path === file.place && state === 'valid')
  const kinds = validKinds(inventory)
  const said = {
    inventory,
    deploymentDisagreements: declared.disagreements,
    missingContext: [],
    sol_rigor: solRigor(inventory),
    unknowns: [],
    bundle,
    sources: inventory.map(({ source }) => source),
  }
  const readings = readingsOf(read, isValid)
  const unrelated = [...strangers(captures.relations, captures.related, isValid), ...otherModels(context, readings)]
  const refusal = refuseTooFew(kinds) ?? refuseUnrelated(unrelated)
  if (refusal !== undefined) {
    const [next] = refusal.capture
    return {
      ...said,
      state: 'refused',
      refusal,
      next: {
        lever: `a new capture: ${next?.why ?? ''}`,
        expectedUnlock: 'none claimed: there is no picture yet',
        gate: next?.command ?? '',
      },
    }
  }
  const book = new CitationBook()
  const cell = servingCell(readings.bench, declared.file?.workload?.concurrency)
  const hardware = hardwareOf(context, readings, declared.file)
  const knobs = loadEngineKnobs(context.configRoot)
  const deployment = deploymentOf(declared.file, knobs, hardware)
  const evidence = buildEvidence({ readings, deployment, kinds, ...('document' in cell ? { cell } : {}) }, book)
  const unjudged = { ...evidence, classes: [], disputed: new Set<never>(), corroborated: new Set<never>() }
  const reconciliation = reconcile(unjudged, readings, book)
  const tolerances = loadSourceTolerances(context.configRoot)
  const { contradictions, agreements, disputed, corroborated } = compareSources({
    evidence: unjudged,
    readings,
    book,
    tolerances,
    rows: reconciliation,
  })
  const whole = { ...unjudged, disputed, corroborated }
  const { rows: bottlenecks, unknowns } = bottlenecksOf(whole, tolerances)
  const replay = replayOf(context, evidence.step, job)
  return {
    ...said,
    state: 'gathered',
    unknowns: [...unknownsOf(whole, readings, cell, inventory), ...unknowns],
    missingContext: missingContext(declared.file, deployment, (id) => Object.hasOwn(knobs.knobs, id)),
    evidence: { ...whole, classes: bottlenecks.map(({ class: name, share }) => ({ class: name, share })) },
    documents: documentsOf(readings),
    book,
    ...(declared.file === undefined ? {} : { deployment: declared.file }),
    ...(replay === undefined ? {} : { replay }),
    bottlenecks,
    reconciliation,
    conservation: audit(whole, readings, reconciliation, tolerances),
    contradictions,
    agreements,
    next: nextOf(inventory),
  }
}

async function readAll(context: GatherContext, folder: string, options: GatherOptions): Promise<Read> {
  const files = bundleFiles(folder)
  const declared = declaredDeployment(context.configRoot, files, options)
  const serving = await readServing(context, files, declared.file?.workload?.concurrency)
  const { tpotMs, tokensPerStep } = serving
  const hardware = declared.file?.hardware?.key ?? declared.file?.hardware?.gpu
  const capturing = {
    ...(tpotMs === undefined ? {} : { tpotMs }),
    ...(tokensPerStep === undefined ? {} : { tokensPerStep }),
    ...(hardware === undefined ? {} : { hardware }),
  }
  const timelines = candidates(files)
  const first = await readCaptures(context, files, timelines, capturing)
  const job = jobOf(timelines, first.relations, first.related)
  // Seldom: a bundle with several runs. What was asked of all of them is asked again of the one that is read.
  const captures = job.files.length === timelines.length ? first : await readCaptures(context, files, job.files, capturing)
  return { files, declared, serving, captures, job, dcgm: await readDcgm(context, files) }
}

function readingsOf({ captures, serving, job, dcgm }: Read, isValid: (file: BundleFile) => boolean): Readings {
  const { timed, budget, counters, roofline, samples } = captures
  const own = job.files.flatMap((file) => timed.find((each) => each.file === file) ?? [])
  const rest = timed.filter(({ file }) => !job.files.includes(file) && isValid(file))
  const [sampled] = samples.filter(({ file }) => isValid(file))
  const device = dcgm.find((each) => 'reading' in each && isValid(each.file))
  return {
    timed: [...own, ...rest],
    ...(budget === undefined || !job.files.some(isValid) ? {} : { budget }),
    counters: counters.filter(({ file }) => isValid(file)).map(({ document }) => document),
    ...(roofline === undefined ? {} : { roofline }),
    ...(sampled === undefined ? {} : { samples: sampled.document }),
    bench: serving.bench,
    ...(serving.metrics === undefined ? {} : { metrics: serving.metrics }),
    ...(device !== undefined && 'reading' in device ? { dcgm: device.reading } : {}),
  }
}

function documentsOf({ timed, budget, counters, roofline, samples, bench, metrics, dcgm }: Readings) {
  const ofTimed = timed.flatMap(({ gates, timeline, kernels }) => [gates, timeline, kernels])
  return [...ofTimed, budget, ...counters, roofline, samples, ...bench, metrics, dcgm?.document].filter((each) => each !== undefined)
}

function replayOf(context: GatherContext, step: { capture: string; device?: number } | undefined, job: Job): ReplaySource | undefined {
  const file = job.files.find(({ place }) => place === step?.capture)
  if (file === undefined || step === undefined) return undefined
  return { path: file.path, source: sourceOf(context, file), ...(step.device === undefined ? {} : { deviceOrdinal: step.device }) }
}

/** Where no lever is proposed: the first thing that limits a source, else a longer window. */
function nextOf(inventory: readonly InventoryItem[]) {
  const limited = inventory.find(({ fix, kind }) => fix !== undefined && kind !== 'other')
  return {
    lever:
      limited === undefined
        ? 'a longer window under the load in question'
        : `a better capture of ${limited.source.path}: ${limited.fix ?? ''}`,
    expectedUnlock: 'none claimed: no lever is carried by this evidence',
    gate: 'sextant synthesize on the bundle with that capture added',
  }
}
