/** Which pod uses which device when. */
import type { Device } from './device.ts'
import type { PodReference } from './labels.ts'
import { type DcgmScenario, loadWindow } from './scenario.ts'

export interface Tenancy {
  readonly fromMs: number
  readonly toMs: number
  readonly pod: PodReference
  /** `vgpu` of a device shared by time slicing. */
  readonly slice?: string
}

export interface Pod extends PodReference {
  readonly node: string
  readonly fromMs: number
  readonly toMs: number
  readonly labels: Readonly<Record<string, string>>
  /** It only has the second slice of the shared device. */
  readonly isSharing?: true
}

const CHURN_MS = 40_000

function recordedUntil(scenario: DcgmScenario): number {
  return loadWindow(scenario).endMs + scenario.idleS * 1000
}

/** Pods of the deployment, one per node, with their successors; and a bystander. */
export function drawPods(scenario: DcgmScenario, hosts: readonly string[]): Pod[] {
  const { startMs, endMs } = loadWindow(scenario)
  const untilMs = recordedUntil(scenario)
  const middleMs = Math.round((startMs + endMs) / 2)
  const main = hosts.flatMap((node, index): Pod[] => {
    if (index === scenario.nodes)
      return [
        {
          namespace: 'training',
          pod: 'trainer-0',
          container: 'main',
          node,
          fromMs: scenario.fromMs,
          toMs: untilMs,
          labels: { app: 'trainer' },
        },
      ]
    const labels = { app: 'vllm', app_kubernetes_io_name: 'glm', role: index === 0 ? 'prefill' : 'decode' }
    const common = { namespace: 'inference', container: 'vllm', node, labels }
    if (!scenario.churn || index !== 0) return [{ ...common, pod: `vllm-${index}-6d5f8c-abcde`, fromMs: scenario.fromMs, toMs: untilMs }]
    return [
      { ...common, pod: `vllm-${index}-6d5f8c-abcde`, fromMs: scenario.fromMs, toMs: middleMs },
      { ...common, pod: `vllm-${index}-6d5f8c-zyxwv`, fromMs: middleMs + CHURN_MS, toMs: untilMs },
    ]
  })
  const [first] = main
  if (!scenario.timeSlicing || first === undefined) return main
  return [...main, { ...first, pod: 'vllm-0-6d5f8c-share', fromMs: startMs, toMs: untilMs, isSharing: true }]
}

/** The time of one device by pod; times without a pod are left out. */
export function tenancies(scenario: DcgmScenario, device: Device, pods: readonly Pod[]): Tenancy[] {
  const isShared = scenario.timeSlicing && device.node === 0 && device.index === 2
  const own = pods.filter(({ node, isSharing }) => node === device.host && (isShared || isSharing !== true))
  return own.map(({ fromMs, toMs, namespace, pod, container, isSharing }) => ({
    fromMs,
    toMs,
    pod: { namespace, pod, container },
    ...(isShared ? { slice: isSharing === true ? '1' : '0' } : {}),
  }))
}
