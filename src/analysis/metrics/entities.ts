/** What a series belongs to, by its labels: a GPU or an engine. */
import { type LabelPairs, labelsAt } from '#model/label-pairs.ts'
import type { MetricQuantity } from '#model/metric-quantity.ts'
import type { Labels } from '#model/metric-samples.ts'
import { LabelClasses } from './label-classes.ts'

export interface MetricEntity {
  /** UUID with the MIG instance, else host and index, else the engine's labels. */
  readonly id: string
  readonly uuid?: string
  readonly host?: string
  readonly index?: string
  readonly model?: string
  readonly instance?: string
  /** Of the workload, never of the exporter. */
  readonly pod?: string
  readonly engine?: string
}

const pods = ['exported_pod', 'pod', 'pod_name'] as const
const engineIndices = ['engine', 'engine_index', 'dp_rank'] as const
const servedModels = ['model_name', 'model'] as const
const uuids = ['UUID', 'uuid', 'gpu_uuid'] as const
/** Renamed in dcgm-exporter 4.6.0-4.8.3; clusters relabel it too. */
const hosts = ['Hostname', 'hostname', 'node', 'nodename', 'kubernetes_node', 'exported_instance', 'instance'] as const
const gpuIndices = ['gpu', 'gpu_index'] as const
const gpuModels = ['modelName', 'model_name', 'gpu_model_name'] as const
const instances = ['GPU_I_ID'] as const

/** Every label that `entityOf` looks at. */
const labelsOfEngines = new Set<string>([...pods, ...engineIndices, ...servedModels])
const labelsOfGpus = new Set<string>([...pods, ...uuids, ...hosts, ...gpuIndices, ...gpuModels, ...instances])

function first(labels: Labels, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = labels[name]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** The exporter's own pod is not the workload's: with honor_labels=false the workload's is `exported_pod` (facts/dcgm.md section 4). */
function podOf(labels: Labels): string | undefined {
  const pod = first(labels, pods)
  return pod === undefined || /dcgm-exporter/.test(pod) ? undefined : pod
}

export function entityOf(labels: Labels, level: MetricQuantity['level']): MetricEntity {
  const pod = podOf(labels)
  const podField = pod === undefined ? {} : { pod }
  if (level === 'engine') {
    const engine = first(labels, engineIndices)
    const model = first(labels, servedModels)
    const id = [model, engine === undefined ? undefined : `engine ${engine}`].filter((each) => each !== undefined).join(' ')
    return {
      id: id === '' ? 'engine' : id,
      ...(engine === undefined ? {} : { engine }),
      ...(model === undefined ? {} : { model }),
      ...podField,
    }
  }
  const uuid = first(labels, uuids)
  const host = first(labels, hosts)
  const index = first(labels, gpuIndices)
  const model = first(labels, gpuModels)
  const instance = first(labels, instances)
  const base = uuid ?? `${host ?? 'unknown host'}/${index ?? 'unknown gpu'}`
  return {
    id: instance === undefined ? base : `${base}/${instance}`,
    ...(uuid === undefined ? {} : { uuid }),
    ...(host === undefined ? {} : { host }),
    ...(index === undefined ? {} : { index }),
    ...(model === undefined ? {} : { model }),
    ...(instance === undefined ? {} : { instance }),
    ...podField,
  }
}

/** Entities of label sets: read once for all sets that are equal in the labels that tell. */
export class Entities {
  readonly #pairs: LabelPairs
  readonly #level: MetricQuantity['level']
  readonly #classes: LabelClasses
  readonly #known: MetricEntity[] = []

  constructor(pairs: LabelPairs, level: 'engine' | 'gpu') {
    const telling = level === 'engine' ? labelsOfEngines : labelsOfGpus
    this.#pairs = pairs
    this.#level = level
    this.#classes = new LabelClasses(pairs, (name) => telling.has(name))
  }

  /** One object for all that are equal. */
  of(set: number): MetricEntity {
    const id = this.#classes.of(set)
    const known = this.#known[id]
    if (known !== undefined) return known
    const entity = entityOf(labelsAt(this.#pairs, this.#classes.exemplar(id)), this.#level)
    this.#known[id] = entity
    return entity
  }
}
