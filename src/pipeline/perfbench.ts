/** From a file, or any bundle of benchmark files, to an inference_perfbench_v1 document. */
import { statSync } from 'node:fs'
import { relative } from 'node:path'
import { type BenchPart, type Bridged, buildPerfbench } from '#analysis/bridge/build-perfbench.ts'
import { type KernelClasses, kernelClasses } from '#analysis/bridge/kernel-classes.ts'
import { serverMetrics } from '#analysis/bridge/server-metrics.ts'
import type { MetricsInput } from '#analysis/metrics-report.ts'
import { isSextantError, SextantError } from '#base/errors.ts'
import { type InferencePerfbench, inferencePerfbenchSchema, PERFBENCH_SCHEMA } from '#formats/inference-perfbench.ts'
import type { SourceReference } from '#formats/source.ts'
import { defaultReadLimits } from '#model/reader.ts'
import { openSource } from '#platform/access.ts'
import { hashPath } from '#platform/hashing.ts'
import { readJsonDocuments } from '#readers/json/json-documents.ts'
import { expandPaths } from './expand-paths.ts'
import { loadFamilyRules } from './family-rules.ts'
import { type OpenedCapture, openCapture } from './open-capture.ts'
import { sourceNames } from './source-names.ts'

export interface LoadedPerfbench extends Bridged {
  readonly sources: readonly SourceReference[]
}

export interface PerfbenchContext {
  readonly configRoot: string
  /** `deployment.hardware` → `B200`… what no file says. */
  readonly stated?: Readonly<Record<string, string>>
  /** Of results that do not state theirs. */
  readonly concurrency?: number
}

/** Throws for a document of another schema or a damaged one; undefined where the file is something else. */
export function readPerfbench(path: string): InferencePerfbench | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined
  const document = firstDocument(path)
  const schema = typeof document === 'object' && document !== null && 'schema' in document ? document.schema : undefined
  if (typeof schema !== 'string' || !schema.startsWith('inference_perfbench_')) return undefined
  if (schema !== PERFBENCH_SCHEMA) {
    throw new SextantError(
      'newer_format',
      `${path} is ${schema}; this version knows ${PERFBENCH_SCHEMA}, and does not compare across schemas by likeness.`,
      'Write both sides with one version of the schema, or update Sextant.',
      { schema },
    )
  }
  const parsed = inferencePerfbenchSchema.safeParse(document)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new SextantError(
    'corrupt_file',
    `${path} says it is ${PERFBENCH_SCHEMA} and is not: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    'Correct the field, or bridge the benchmark files again (`sextant baseline bridge`).',
  )
}

function firstDocument(path: string): unknown {
  try {
    return readJsonDocuments(openSource(path, path), { needs: new Set(), limits: defaultReadLimits }).documents[0]
  } catch (error) {
    if (isSextantError(error)) return undefined // not JSON: whoever reads it says what it is
    throw error
  }
}

/** A document as it is, anything else through the bridge. */
export async function loadPerfbench(path: string, context: PerfbenchContext): Promise<LoadedPerfbench> {
  const document = readPerfbench(path)
  if (document === undefined) return bridgeBundle([path], context)
  const [name = ''] = sourceNames([path])
  return { document, notes: [], sources: [{ path: name, sha256: await hashPath(path) }] }
}

/** Files that are read for the bridge, with their place in the bundle. */
interface Member {
  readonly path: string
  readonly place: string
  readonly opened: OpenedCapture
}

export async function bridgeBundle(paths: readonly string[], context: PerfbenchContext): Promise<LoadedPerfbench> {
  const members = await openMembers(paths)
  const names = sourceNames(members.map(({ path }) => path))
  const bench = members.flatMap(({ place, opened }, index): BenchPart[] => {
    const { benchResult } = opened.capture
    return benchResult === undefined ? [] : [{ source: names[index] ?? '', place, result: benchResult }]
  })
  if (bench.length === 0)
    throw new SextantError(
      'missing_data',
      `no result of a load generator in ${paths.join(', ')}`,
      'Give the folder with perf-bench-report-*.md, aiperf-c<N>.log or the result files of the benchmark.',
    )
  const kernels = kernelsOf(members, context)
  const durations = bench.flatMap(({ result }) => result.cells.flatMap(({ durationNs }) => durationNs ?? []))
  const server = serverOf(members, durations)
  const bridged = buildPerfbench({
    bench,
    ...(server === undefined ? {} : { server }),
    ...(kernels === undefined ? {} : { kernels }),
    stated: context.stated ?? {},
    ...(context.concurrency === undefined ? {} : { concurrency: context.concurrency }),
  })
  if (Object.keys(bridged.document.metrics).length === 0)
    throw new SextantError(
      'missing_data',
      `no result states its concurrency: ${bridged.notes.join('; ')}`,
      'Say it: sextant baseline bridge --concurrency N; or name files by it (aiperf-c16.log).',
    )
  const sources = members.map(({ opened }, index) => ({ path: names[index] ?? '', sha256: opened.sha256 }))
  return { ...bridged, sources }
}

async function openMembers(paths: readonly string[]): Promise<Member[]> {
  const members: Member[] = []
  for (const [index, given] of paths.entries()) {
    const files = expandPaths([given])
    for (const path of files) {
      try {
        // A folder given beside others is one execution: its number keeps it apart from theirs.
        const within = relative(given, path).split(/[\\/]/).slice(0, -1).join('/')
        const place =
          [paths.length > 1 && files.length > 1 ? `run-${index + 1}` : '', within].filter((part) => part !== '').join('/') || '.'
        members.push({ path, place, opened: await openCapture(path, { needs: [] }) })
      } catch (error) {
        // A bundle also holds notes and logs; a file that was named must be readable.
        if (!isSextantError(error) || path === given || !['unknown_format', 'empty_file'].includes(error.code)) throw error
      }
    }
  }
  return members
}

function kernelsOf(members: readonly Member[], { configRoot }: PerfbenchContext): KernelClasses | undefined {
  const found = members.flatMap(({ opened }) =>
    opened.capture.benchResult !== undefined || opened.capture.metricSamples !== undefined
      ? []
      : (kernelClasses(opened.capture, opened.losses, loadFamilyRules(configRoot)) ?? []),
  )
  // Samples are what the field's baselines hold; a timeline beside them does not replace them.
  const samples = found.filter((each) => each.of === 'GPU samples')
  const chosen = samples.length > 0 ? samples : found
  if (chosen.length <= 1) return chosen[0]
  throw new SextantError(
    'ambiguous',
    `${chosen.length} profiles of kernels in one bundle: shares of different windows neither add nor divide`,
    'Leave the one in that belongs to this run.',
  )
}

/** Dumps whose names end in -pre and -post (facts/baselines.md section 1). */
function serverOf(members: readonly Member[], durations: readonly number[]) {
  const dumps = (which: RegExp) => members.filter(({ path, opened }) => opened.capture.metricSamples !== undefined && which.test(path))
  const [pre, post] = [dumps(/[-_.]pre\.[a-z]+$/i), dumps(/[-_.]post\.[a-z]+$/i)]
  const [first, last] = [pre[0], post[0]]
  if (first === undefined || last === undefined) return undefined
  if (pre.length > 1 || post.length > 1)
    throw new SextantError(
      'ambiguous',
      'several dumps of metrics before or after the run in one bundle',
      'Leave one *-metrics-pre.prom and one *-metrics-post.prom in it.',
    )
  const input = ({ opened }: Member): MetricsInput | undefined => {
    const { metricSamples } = opened.capture
    return metricSamples === undefined ? undefined : { samples: metricSamples, losses: opened.losses }
  }
  const [before, after] = [input(first), input(last)]
  // Several cells lie between the two dumps: their durations together are not the time between.
  const [only] = durations
  return before === undefined || after === undefined
    ? undefined
    : serverMetrics(before, after, durations.length === 1 && only !== undefined ? only / 1e9 : null)
}
