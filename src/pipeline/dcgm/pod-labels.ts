/** From labels of pods to the pods that had them in the window, through kube-state-metrics. */
import { SextantError } from '#base/errors.ts'
import { kubeStateLabels, type LabelRequirement, matcherOf } from '#model/label-selector.ts'
import { type Matcher, oneOf, selectorText } from '#model/promql.ts'
import type { SeriesSource } from '#model/series-source.ts'

export interface Pod {
  readonly namespace: string
  readonly pod: string
}

interface Window {
  readonly startMs: number
  readonly endMs: number
}

const PODS = 'kube_pod_labels'
/** Pods of one selection over one window: more is not a benchmark. */
const MOST_PODS = 5000

function podOf(labels: Readonly<Record<string, string>>): Pod | undefined {
  // Scraped without honor_labels, the pod that is described is in exported_pod and `pod` is that of kube-state-metrics.
  const pod = labels['exported_pod'] ?? labels['pod']
  const namespace = labels['exported_pod'] === undefined ? labels['namespace'] : labels['exported_namespace']
  return pod === undefined || pod === '' ? undefined : { pod, namespace: namespace ?? '' }
}

/** The label that carries a key: of several spellings the one that has series. */
async function exportedLabel(source: SeriesSource, { key }: LabelRequirement, window: Window): Promise<string> {
  const spellings = kubeStateLabels(key)
  for (const label of spellings) {
    const { labelSets } = await source.labelSets(
      selectorText(PODS, [{ label, operator: '!=', value: '' }]),
      window.startMs,
      window.endMs,
      1,
    )
    if (labelSets.length > 0) return label
  }
  throw new SextantError(
    'missing_data',
    `no pod had a label ${key} in ${PODS} within the window (looked for ${spellings.join(', ')}).`,
    `kube-state-metrics exports only labels that its --metric-labels-allowlist names (pods=[${key}]); or name pods with --pod, or hosts with --host.`,
    { key },
  )
}

/** Every requirement is looked up, and a label that was never exported is refused: a negative one would else let every pod pass. */
export async function podsWithLabels(
  source: SeriesSource,
  requirements: readonly LabelRequirement[],
  namespaces: readonly string[],
  window: Window,
): Promise<Pod[]> {
  const matchers: Matcher[] = []
  for (const requirement of requirements) {
    matchers.push(matcherOf(requirement, await exportedLabel(source, requirement, window)))
  }
  const { labelSets, truncated } = await source.labelSets(selectorText(PODS, matchers), window.startMs, window.endMs, MOST_PODS)
  if (truncated)
    throw new SextantError('limit_exceeded', `the selector means more than ${MOST_PODS} pods.`, 'Add a part that names the deployment.', {
      limit: MOST_PODS,
    })
  const pods = labelSets
    .flatMap((labels) => podOf(labels) ?? [])
    .filter(({ namespace }) => namespaces.length === 0 || namespaces.includes(namespace))
  if (pods.length > 0) return pods
  throw new SextantError(
    'missing_data',
    'no pod had these labels within the window.',
    `Ask the server for ${selectorText(PODS, matchers)} to see where it differs; the window must lie in the pod’s life.`,
    { selector: selectorText(PODS, matchers) },
  )
}

/** Nodes on which pods ran, for exporters that name no pods. */
export async function nodesOfPods(
  source: SeriesSource,
  pods: readonly string[],
  namespaces: readonly string[],
  window: Window,
): Promise<string[]> {
  const { labelSets } = await source.labelSets(
    selectorText('kube_pod_info', [
      { label: 'pod', operator: '=~', value: pods.length === 1 ? (pods[0] ?? '') : pods.map((each) => `(?:${each})`).join('|') },
      ...(namespaces.length === 0 ? [] : [oneOf('namespace', namespaces)]),
    ]),
    window.startMs,
    window.endMs,
    MOST_PODS,
  )
  return [...new Set(labelSets.flatMap(({ node }) => (node === undefined || node === '' ? [] : [node])))].sort()
}
