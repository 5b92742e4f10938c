/** Who is who in the labels of an exporter's series (facts/dcgm.md section 4). */

export type LabelSet = Readonly<Record<string, string>>

/** Under which labels one series keeps what a selection speaks of. */
export interface LabelForm {
  readonly host: string
  readonly uuid: string
  /** Of the pod that uses the GPU, never of the exporter's own. */
  readonly pod: string
  readonly namespace: string
}

const hostKeys = ['Hostname', 'hostname', 'node', 'nodename', 'kubernetes_node', 'instance']
const uuidKeys = ['UUID', 'uuid', 'gpu_uuid']

function first(labels: LabelSet, keys: readonly string[]): string | undefined {
  return keys.find((key) => (labels[key] ?? '') !== '')
}

/**
 * The exporter's own pod, by its name or because it is named like the job or service that scrapes it. Scraping with honor_labels=false
 * puts it where a reader expects the workload (trap E24).
 */
export function isExporterPod(labels: LabelSet): boolean {
  const pod = labels['pod'] ?? ''
  const owners = [labels['service'], labels['job']?.split('/').at(-1)].filter((name) => name !== undefined && name !== '')
  return /dcgm[-_]?exporter/i.test(pod) || owners.some((name) => pod.startsWith(`${name}-`))
}

export function hostKeyOf(labels: LabelSet): string | undefined {
  return first(labels, hostKeys)
}

export function uuidKeyOf(labels: LabelSet): string | undefined {
  return first(labels, uuidKeys)
}

/** `exported_pod` or `pod`; undefined where the series names no workload. */
export function podKeyOf(labels: LabelSet): 'exported_pod' | 'pod' | undefined {
  if ((labels['exported_pod'] ?? '') !== '') return 'exported_pod'
  return (labels['pod'] ?? '') !== '' && !isExporterPod(labels) ? 'pod' : undefined
}

export interface GpuIdentity {
  /** The same for every series of one GPU. */
  readonly key: string
  readonly uuid?: string
  readonly host?: string
  readonly index?: string
  readonly model?: string
  /** namespace/pod of the workload. */
  readonly pod?: string
  readonly migInstance?: string
}

function named<K extends string>(name: K, value: string | undefined): { readonly [key in K]?: string } {
  return (value === undefined || value === '' ? {} : { [name]: value }) as { readonly [key in K]?: string }
}

/** By UUID; host and index where there is none. Undefined where neither is told: such a series belongs to no GPU. */
export function gpuOf(labels: LabelSet): GpuIdentity | undefined {
  const uuid = labels[uuidKeyOf(labels) ?? '']
  const host = labels[hostKeyOf(labels) ?? '']
  const index = labels['gpu']
  const key = uuid ?? (index === undefined ? undefined : `${host ?? ''} ${index}`)
  if (key === undefined) return undefined
  const podKey = podKeyOf(labels)
  const namespace = labels[podKey === 'exported_pod' ? 'exported_namespace' : 'namespace'] ?? ''
  const instance = labels['GPU_I_ID']
  return {
    key,
    ...named('uuid', uuid),
    ...named('host', host),
    ...named('index', index),
    ...named('model', labels['modelName'] ?? labels['model_name']),
    ...named('pod', podKey === undefined ? undefined : `${namespace}/${labels[podKey] ?? ''}`),
    ...named('migInstance', instance === undefined ? undefined : `${labels['GPU_I_PROFILE'] ?? ''} ${instance}`.trim()),
  }
}

export type HonorLabels = 'on' | 'off' | 'mixed' | 'unknown'

/** Told from series that name a workload: idle GPUs name none in either form. */
export function honorLabelsOf(labelSets: readonly LabelSet[]): HonorLabels {
  const keys = new Set(labelSets.map(podKeyOf))
  const [on, off] = [keys.has('pod'), keys.has('exported_pod')]
  if (on && off) return 'mixed'
  return on ? 'on' : off ? 'off' : 'unknown'
}

/**
 * Distinct forms among series, for selectors: labels of one selector are all required, so a fleet with two forms needs two selectors.
 * Series that name no workload follow the form of the others.
 */
export function labelForms(labelSets: readonly LabelSet[]): LabelForm[] {
  const honor = honorLabelsOf(labelSets)
  const podKeys = honor === 'mixed' ? ['pod', 'exported_pod'] : [honor === 'off' ? 'exported_pod' : 'pod']
  const forms = new Map<string, LabelForm>()
  for (const labels of labelSets) {
    const [host, uuid] = [hostKeyOf(labels), uuidKeyOf(labels)]
    if (host === undefined || uuid === undefined) continue
    for (const pod of podKeys) {
      const form = { host, uuid, pod, namespace: pod === 'exported_pod' ? 'exported_namespace' : 'namespace' }
      forms.set(`${host} ${uuid} ${pod}`, form)
    }
  }
  return [...forms].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, form]) => form)
}
