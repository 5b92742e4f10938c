/** The registry of a repository: where it is, what `--baseline` may name, and what its history says of the noise. */
import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { compareDescriptors } from '#analysis/comparison/descriptor.ts'
import { givenNoise, type Noise, noiseOf } from '#analysis/comparison/noise.ts'
import { type PairedFigure, pairFigures, type RunFigure } from '#analysis/comparison/pairing.ts'
import { SextantError } from '#base/errors.ts'
import type { InferencePerfbench } from '#formats/inference-perfbench.ts'
import type { PerfBaseline } from '#formats/perf-baseline.ts'
import { type BaselineEntry, listEntries, readEntry, verifiedSnapshot } from '#store/baselines/entries.ts'
import { ARTIFACTS, DIFFS, REGISTRY } from '#store/baselines/layout.ts'
import { readPerfbench } from './perfbench.ts'

export interface Repository {
  /** As given: never in an output. */
  readonly root: string
  readonly registry: string
  readonly diffs: string
  readonly artifacts: string
}

/** `--repo`, else PROFILE_AND_OPTIMIZE_REPO_ROOT, else the working folder. */
export function repositoryOf(
  given: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  path: (given: string) => string,
): Repository {
  const root = path(given ?? (env['PROFILE_AND_OPTIMIZE_REPO_ROOT'] || '.'))
  return { root, registry: join(root, REGISTRY), diffs: join(root, DIFFS), artifacts: join(root, ARTIFACTS) }
}

export interface NamedBaseline {
  /** The file or folder that was registered, or the file that was named. */
  readonly path: string
  readonly entry?: { readonly slug: string; readonly baseline: PerfBaseline; readonly folder: string }
}

/** `family/measurement` (its newest entry), `family/measurement/UTC`, a folder of the registry, or any file or bundle. */
export async function findBaseline(repository: Repository, given: string, path: string): Promise<NamedBaseline> {
  const slug = given.replace(/\/+$/, '').split('/')
  const folder = isEntry(path) ? path : folderOf(repository, slug)
  if (folder === undefined) {
    if (!existsSync(path) && slug.length >= 2 && slug.length <= 3 && !given.startsWith('.') && !given.startsWith('/'))
      throw noEntry(repository, given)
    return { path }
  }
  const baseline = readEntry(folder)
  // The document that was bridged when the bundle was registered is what was registered as numbers.
  const bridged = join(folder, 'inference_perfbench_v1.json')
  const snapshot = await verifiedSnapshot(folder, baseline)
  return {
    path: existsSync(bridged) ? bridged : snapshot,
    entry: { slug: `${baseline.family}/${baseline.measurement}/${basename(folder)}`, baseline, folder },
  }
}

function isEntry(path: string): boolean {
  return existsSync(join(path, 'baseline.json'))
}

function folderOf({ registry }: Repository, slug: readonly string[]): string | undefined {
  if (slug.some((name) => name.startsWith('.'))) return undefined
  const folder = join(registry, ...slug)
  if (slug.length === 3 && isEntry(folder)) return folder
  if (slug.length !== 2 || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return undefined
  return listEntries(registry)
    .filter(({ folder: each }) => dirname(each) === folder)
    .at(-1)?.folder
}

function noEntry({ registry }: Repository, given: string): SextantError {
  const known = [...new Set(listEntries(registry).map(({ family, measurement }) => `${family}/${measurement}`))]
  return new SextantError(
    'file_not_found',
    `no baseline ${given} in the registry, and no such file`,
    known.length === 0 ? 'Register one first: sextant baseline record --source FILE.' : `Registered are: ${known.join(', ')}.`,
    { given },
  )
}

export interface HistoryOf {
  readonly family: string
  readonly measurement: string
  readonly like: InferencePerfbench
  /** Entry folders and sha256 of sources that are themselves compared: their runs are no earlier ones. */
  readonly without: ReadonlySet<string>
}

/** Runs of one thing, per row: of every entry of the measurement whose descriptor equals the baseline's. */
export function historyOf(repository: Repository, { family, measurement, like, without }: HistoryOf): Map<string, RunFigure[][]> {
  const groups = new Map<string, RunFigure[][]>()
  for (const entry of listEntries(repository.registry)) {
    if (entry.family !== family || entry.measurement !== measurement) continue
    if (without.has(entry.folder) || without.has(entry.baseline.source_sha256)) continue
    const document = documentOf(entry)
    if (document === undefined) continue
    const differs = compareDescriptors(like, document, []).differences.some(({ standing }) => standing === 'undeclared')
    if (!differs) addRuns(groups, document)
  }
  return groups
}

function documentOf({ folder }: BaselineEntry): InferencePerfbench | undefined {
  for (const name of ['inference_perfbench_v1.json', 'source-snapshot.json']) {
    const path = join(folder, name)
    if (existsSync(path)) return readPerfbench(path)
  }
  return undefined
}

/** @param document paired with itself: only its rows and runs are wanted. */
export function addRuns(groups: Map<string, RunFigure[][]>, document: InferencePerfbench): void {
  for (const { id, runs } of pairFigures(document, document)) {
    if (runs.baseline.length > 1) groups.set(id, [...(groups.get(id) ?? []), [...runs.baseline]])
  }
}

/** `1.2%` for every row, or `METRIC=1.2%`. */
function floorOf(text: string): { readonly metric: string | undefined; readonly ratio: number } {
  const match = /^(?:([A-Za-z_][\w.]*)=)?(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())
  if (match === null)
    throw new SextantError('usage', `floor "${text}" is not a percentage`, 'Write --floor 1.2% or --floor throughput_toks_per_s=1.2%.')
  return { metric: match[1], ratio: Number(match[2]) / 100 }
}

/** What is given wins over what history says, which wins over nothing. */
export function noiseFrom(
  history: ReadonlyMap<string, readonly (readonly RunFigure[])[]>,
  floors: readonly string[],
): (row: Pick<PairedFigure, 'id' | 'metric'>) => Noise | undefined {
  const given = floors.map(floorOf)
  return ({ id, metric }) => {
    const floor = given.find((each) => each.metric === metric) ?? given.find((each) => each.metric === undefined)
    if (floor !== undefined) return givenNoise(floor.ratio)
    const groups = history.get(id)
    return groups === undefined ? undefined : noiseOf(groups)
  }
}
