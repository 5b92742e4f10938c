/** Both sides of a diff from what was named, and the diff. */
import { basename, dirname } from 'node:path'
import { buildDiff, type DiffOptions, type DiffSide } from '#analysis/comparison/build-diff.ts'
import { numbersOf, plainPairs, plainTolerances } from '#analysis/comparison/plain-pairs.ts'
import { compileTolerances } from '#analysis/comparison/tolerances.ts'
import { SextantError } from '#base/errors.ts'
import type { BaselineDiff } from '#formats/baseline-diff.ts'
import { type InferencePerfbench, PERFBENCH_SCHEMA } from '#formats/inference-perfbench.ts'
import type { SourceReference } from '#formats/source.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { openSource } from '#platform/access.ts'
import { hashPath } from '#platform/hashing.ts'
import { readJsonDocuments } from '#readers/json/json-documents.ts'
import { findBaseline, historyOf, type NamedBaseline, noiseFrom, type Repository } from './baseline-registry.ts'
import { loadPerfbench } from './perfbench.ts'
import { sourceNames } from './source-names.ts'
import { loadTolerances } from './tolerances.ts'

export interface DiffRequest {
  readonly repository: Repository
  readonly configRoot: string
  readonly baseline: { readonly given: string; readonly path: string }
  readonly currentPath: string
  readonly currentNotes: string
  readonly tolerances: readonly string[]
  readonly tolerancesFile?: string
  /** Recorded; of a family without a schema it is the tolerance of everything. */
  readonly umbrellaTolerancePercent?: number
  readonly factors: readonly string[]
  readonly primary?: string
  readonly floors: readonly string[]
  readonly gate: DiffOptions['gate']
  readonly stated: Readonly<Record<string, string>>
}

export interface DiffMade {
  readonly diff: BaselineDiff
  readonly found: NamedBaseline
  readonly baselineSha256: string
  readonly currentSha256: string
}

interface Side {
  readonly path: string
  readonly document: InferencePerfbench | undefined
  readonly sources: readonly SourceReference[]
}

async function sideOf(path: string, request: DiffRequest, isInference: boolean): Promise<Side> {
  if (!isInference) {
    const [name = ''] = sourceNames([path])
    return { path, document: undefined, sources: [{ path: name, sha256: await hashPath(path) }] }
  }
  const { document, sources } = await loadPerfbench(path, { configRoot: request.configRoot, stated: request.stated })
  return { path, document, sources }
}

export async function diffBaseline(request: DiffRequest): Promise<DiffMade> {
  const { repository, baseline: named, currentPath } = request
  const found = await findBaseline(repository, named.given, named.path)
  const isInference = (found.entry?.baseline.family ?? 'inference') === 'inference'
  const theirs = await sideOf(found.path, request, isInference)
  const ours = await sideOf(currentPath, request, isInference)
  const [baselineSha256, currentSha256] = [found.entry?.baseline.source_sha256 ?? (await hashPath(found.path)), await hashPath(currentPath)]
  const file = loadTolerances(request.configRoot, request.tolerancesFile)
  const family = found.entry?.baseline.family ?? 'inference'
  const measurement = found.entry?.baseline.measurement ?? measurementOf(theirs)
  const umbrella = request.umbrellaTolerancePercent ?? file.umbrellaPercent
  const like = theirs.document ?? emptyDocument
  const without = new Set([found.entry?.folder ?? '', baselineSha256, currentSha256])
  const history = found.entry === undefined ? new Map() : historyOf(repository, { family, measurement, like, without })
  const isPlain = theirs.document === undefined || ours.document === undefined
  const [from, to] = sidesOf(theirs, ours, found, request)
  const built = buildDiff(from, to, {
    family,
    measurement,
    tolerances: isPlain ? plainTolerances(umbrella, found.entry?.baseline.direction) : compileTolerances(file, request.tolerances),
    umbrellaTolerancePercent: umbrella,
    factors: request.factors,
    ...(request.primary === undefined ? {} : { primary: request.primary }),
    noise: noiseFrom(history, request.floors),
    gate: request.gate,
    ...(isPlain ? { pairs: plainPairs(...plainSides(theirs, ours, found)) } : {}),
  })
  const sources = distinct([...theirs.sources, ...ours.sources])
  return { diff: { ...built, sources }, found, baselineSha256, currentSha256 }
}

const emptyDocument: InferencePerfbench = { schema: PERFBENCH_SCHEMA, metrics: {} }

function measurementOf({ document, path }: Side): string {
  return typeof document?.model === 'string' ? `${document.model}-perfbench-v1` : basename(path)
}

/** A registered single value is compared with the one number of the current file, whatever that calls it. */
function plainSides(theirs: Side, ours: Side, found: NamedBaseline): [Map<string, number>, Map<string, number>] {
  const [from, to] = [plainNumbers(theirs, found), plainNumbers(ours, undefined)]
  const [only, ...others] = [...to.values()]
  const isSingle = typeof found.entry?.baseline.value === 'number' && only !== undefined && others.length === 0
  return [from, isSingle ? new Map([['value', only]]) : to]
}

/** A registered single value stands for the side where its source holds no numbers by path. */
function plainNumbers({ path }: Side, found: NamedBaseline | undefined): Map<string, number> {
  const value = found?.entry?.baseline.value
  if (typeof value === 'number') return new Map([['value', value]])
  const { documents } = readJsonDocuments(openSource(path, path), { needs: new Set(), limits: defaultReadLimits })
  const numbers = numbersOf(documents.length === 1 ? documents[0] : documents)
  if (numbers.size > 0) return numbers
  throw new SextantError('missing_data', `${path} holds no number to compare`, 'Give a JSON file with the values of this family.')
}

function sidesOf(theirs: Side, ours: Side, found: NamedBaseline, { currentNotes }: DiffRequest): [DiffSide, DiffSide] {
  const [one = '', other = ''] = sourceNames([theirs.path, ours.path])
  const notes = found.entry?.baseline.notes
  return [
    { document: theirs.document ?? emptyDocument, source: found.entry?.slug ?? one, ...(typeof notes === 'string' ? { notes } : {}) },
    { document: ours.document ?? emptyDocument, source: other, ...(currentNotes === '' ? {} : { notes: currentNotes }) },
  ]
}

/** Two names of one file are told apart by their parents; both sides may also be the same file. */
function distinct(sources: readonly SourceReference[]): SourceReference[] {
  const seen = new Set<string>()
  return sources.map(({ path, sha256 }) => {
    let name = path
    for (let copy = 2; seen.has(name); copy++) name = `${path} (${copy})`
    seen.add(name)
    return { path: name, sha256 }
  })
}

export const folderName = (path: string): string => basename(dirname(path))
