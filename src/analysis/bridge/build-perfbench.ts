/** One document of everything that a bundle holds: runs kept apart, definitions said, gaps null. */
import { median } from '#base/statistics.ts'
import {
  type InferencePerfbench,
  PERFBENCH_SCHEMA,
  type PerfbenchCell,
  type PerfbenchRun,
  perfbenchFigures,
} from '#formats/inference-perfbench.ts'
import type { BenchResult, ContextField } from '#model/bench-result.ts'
import type { KernelClasses } from './kernel-classes.ts'
import { type MergedRun, mergeForms } from './merge-forms.ts'
import { runFigures } from './run-figures.ts'
import type { ServerMetrics } from './server-metrics.ts'

export interface BenchPart {
  /** As `sources[]` names it. */
  readonly source: string
  /** Folder within the bundle, `.` at its top: files of one folder belong to one execution. */
  readonly place: string
  readonly result: BenchResult
}

export interface BridgeParts {
  readonly bench: readonly BenchPart[]
  readonly server?: ServerMetrics
  readonly kernels?: KernelClasses
  /** `deployment.KEY`, `workload.KEY`, `model`… as the caller states them; these win over what files say. */
  readonly stated: Readonly<Record<string, string>>
  /** Of results that do not state theirs. */
  readonly concurrency?: number
}

export interface Bridged {
  readonly document: InferencePerfbench
  readonly notes: readonly string[]
}

/** Canonical context fields → where the field keeps them. What has no place of its own goes into `deployment` under its own name. */
const places: Readonly<Record<string, string>> = {
  engineVersion: 'deployment.vllm_version',
  tensorParallel: 'deployment.tensor_parallel_size',
  pipelineParallel: 'deployment.pipeline_parallel_size',
  dataParallel: 'deployment.data_parallel_size',
  expertParallel: 'deployment.expert_parallel_size',
  quantization: 'deployment.quantization',
  kvCacheDtype: 'deployment.kv_cache_dtype',
  speculativeDecoding: 'deployment.speculative_decoding',
  namespace: 'deployment.namespace',
  cluster: 'deployment.cluster',
  service: 'deployment.service',
  hardware: 'deployment.hardware',
  gpus: 'deployment.n_gpus',
  image: 'deployment.image',
  commit: 'deployment.commit',
  engine: 'deployment.engine',
  cudagraphMode: 'deployment.cudagraph_mode',
  maxNumSeqs: 'deployment.max_num_seqs',
  maxNumBatchedTokens: 'deployment.max_num_batched_tokens',
  maxModelLen: 'deployment.max_model_len',
  gpuMemoryUtilization: 'deployment.gpu_memory_utilization',
  asyncScheduling: 'deployment.async_scheduling',
  prefixCaching: 'deployment.enable_prefix_caching',
  cacheMode: 'workload.cache_mode',
  dataset: 'workload.dataset',
  split: 'workload.split',
  conversation_num: 'workload.conversation_num',
  input_token_band: 'workload.input_token_band',
  output_token_band: 'workload.output_token_band',
  inputTokensLabel: 'workload.isl',
  outputTokensLabel: 'workload.osl',
}

interface Point {
  readonly concurrency: number
  readonly runs: readonly (MergedRun & { readonly name: string })[]
}

/** Points by concurrency. What has none (a rate, a stage) has no key in this format, and is said. */
function pointsOf(
  parts: readonly BenchPart[],
  otherwise: number | undefined,
): { readonly points: readonly Point[]; readonly left: readonly string[] } {
  const left: string[] = []
  const byPoint = new Map<number, Map<string, Parameters<typeof mergeForms>[0][number][]>>()
  for (const { source, place, result } of parts)
    for (const cell of result.cells) {
      const concurrency = cell.concurrency ?? otherwise
      if (concurrency === undefined || !Number.isInteger(concurrency)) {
        left.push(`${source} ${cell.id}: no concurrency, which is the key of this format`)
        continue
      }
      const places = byPoint.get(concurrency) ?? new Map()
      byPoint.set(concurrency, places)
      // Trials within one place are runs of their own; forms are merged only within one trial.
      const key = cell.trial === undefined ? place : `${place} t${cell.trial}`
      const withContext = { ...cell, context: [...cell.context, ...result.context] }
      places.set(key, [...(places.get(key) ?? []), { source, form: result.form, tool: result.tool, run: runFigures(withContext) }])
    }
  const points = [...byPoint].sort(([a], [b]) => a - b).map(([concurrency, places]) => ({ concurrency, runs: runsOf(places) }))
  return { points, left }
}

/** Runs are named by folder and trial, so that one execution of a sweep has one name in every cell. */
function runsOf(places: ReadonlyMap<string, Parameters<typeof mergeForms>[0]>): Point['runs'] {
  return [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([place, formed]) => {
      const merged = mergeForms(formed)
      const name = place.replace(/^\. ?/, '') || 'run'
      return merged.map((run, index) => ({ ...run, name: merged.length === 1 ? name : `${name}-${index + 1}` }))
    })
}

function cellOf({ runs }: Point): PerfbenchCell {
  const written = runs.map(({ name, run }): PerfbenchRun => {
    const { figures, errors, requests, durationS, capturedAt, invalid } = run
    return {
      run: name,
      ...(capturedAt === undefined ? {} : { captured_at: capturedAt }),
      ...(durationS === null ? {} : { duration_effective_s: durationS }),
      ...figures,
      errors,
      requests,
      ...(invalid.length === 0 ? {} : { invalid: [...invalid] }),
    }
  })
  const [only] = written
  const definitions = definitionsOf(runs)
  const said = Object.keys(definitions).length === 0 ? {} : { definitions }
  if (written.length === 1 && only !== undefined) {
    const { run: _, ...cell } = only
    return { ...cell, ...said }
  }
  const medians = perfbenchFigures.map((key) => {
    const values = written.flatMap((run) => run[key] ?? [])
    return [key, values.length === 0 ? null : median(values)] as const
  })
  const errors = written.some((run) => run.errors !== null) ? written.reduce((sum, run) => sum + (run.errors ?? 0), 0) : null
  return { ...Object.fromEntries(medians), errors, ...said, runs: written }
}

/** Runs of one cell that define a figure differently have no common definition: nothing is compared with it then. */
function definitionsOf(runs: Point['runs']): Record<string, string> {
  const definitions: Record<string, string> = {}
  for (const key of perfbenchFigures) {
    const said = new Set(runs.filter(({ run }) => run.figures[key] !== null).map(({ run }) => run.definitions[key]))
    const [definition] = said
    if (said.size > 1) definitions[key] = 'unknown'
    else if (definition !== undefined) definitions[key] = definition
  }
  return definitions
}

function setPath(target: Record<string, unknown>, path: string, value: unknown): void {
  const [head = '', tail] = path.split(/\.(.*)/s)
  if (tail === undefined || tail === '') {
    target[head] = value
    return
  }
  const inner = (target[head] ?? {}) as Record<string, unknown> // only this function fills it, with objects
  target[head] = inner
  setPath(inner, tail, value)
}

/** Fields that every file states alike; one that files contradict each other in is left out and said. */
function contextOf(parts: readonly BenchPart[]): {
  readonly fields: ReadonlyMap<string, ContextField['value']>
  readonly notes: readonly string[]
} {
  const values = new Map<string, Set<ContextField['value']>>()
  for (const { result } of parts)
    for (const { name, value, key } of [...result.context, ...result.cells.flatMap(({ context }) => context)]) {
      const path = name === 'model' ? (key.endsWith('model_path') ? 'model_path' : 'model') : places[name]
      if (path !== undefined) values.set(path, (values.get(path) ?? new Set()).add(value))
    }
  const entries = [...values].sort(([a], [b]) => (a < b ? -1 : 1))
  const fields = new Map(
    entries.flatMap(([path, [value, ...others]]) => (value === undefined || others.length > 0 ? [] : [[path, value] as const])),
  )
  const notes = entries
    .filter(([, all]) => all.size > 1)
    .map(([path, all]) => `${path} is left out: files say ${[...all].map(String).join(' and ')}`)
  return { fields, notes }
}

/** The window over all runs: the earliest start; a duration only where there is one run to have it. */
function benchOf(parts: readonly BenchPart[], points: readonly Point[], stated: BridgeParts['stated']): Record<string, unknown> {
  const starts = points.flatMap(({ runs }) => runs.flatMap(({ run }) => run.capturedAt ?? [])).sort()
  const durations = points.flatMap(({ runs }) => runs.flatMap(({ run }) => run.durationS ?? []))
  const tools = [...new Set(parts.map(({ result }) => result.tool))].sort()
  const [captured = starts[0] ?? null] = [stated['bench.captured_at']]
  return {
    tool: tools.join(', '),
    captured_at: captured,
    duration_effective_s: durations.length === 0 ? null : Number(durations.reduce((sum, each) => sum + each, 0).toPrecision(9)),
  }
}

export function buildPerfbench({ bench, server, kernels, stated, concurrency }: BridgeParts): Bridged {
  const { points, left } = pointsOf(bench, concurrency)
  const context = contextOf(bench)
  const head: Record<string, unknown> = { schema: PERFBENCH_SCHEMA, model: null, model_path: null, deployment: {}, workload: {} }
  for (const [path, value] of [...context.fields, ...Object.entries(stated)]) setPath(head, path, value)
  setPath(
    head,
    'workload.concurrency_sweep',
    points.map(({ concurrency }) => concurrency),
  )
  const { bench: more, ...rest } = head
  const document = {
    ...rest,
    metrics: Object.fromEntries(points.map((point) => [String(point.concurrency), cellOf(point)])),
    server_metrics_delta: server?.delta ?? null,
    kernel_class_gpu_pct: kernels?.classes ?? null,
    ...(kernels === undefined ? {} : { kernel_class_of: kernels.of }),
    cpu_spinpoll_pct: kernels?.spinpollPct ?? null,
    bench: { ...(more as object | undefined), ...benchOf(bench, points, stated) },
  } as InferencePerfbench // the writer checks it against the schema
  const merged = points.flatMap(({ runs }) => runs.flatMap(({ notes }) => notes))
  return { document, notes: [...new Set([...left, ...merged, ...context.notes, ...(server?.notes ?? [])])] }
}
