/** Label sets as they stand in Prometheus: the exporter's own by version, and what scraping adds (facts/dcgm.md section 4). */
import type { Device, Instance } from './device.ts'
import type { DcgmScenario } from './scenario.ts'

export type Labels = Readonly<Record<string, string>>

export interface PodReference {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

function hostLabel({ exporter }: DcgmScenario): string {
  return exporter === '4.8' || exporter === '4.9' ? 'hostname' : 'Hostname'
}

function driverLabel({ exporter }: DcgmScenario): string {
  return exporter === '4.9' ? 'DCGM_FI_SYSTEM_DRIVER_VERSION' : 'DCGM_FI_DRIVER_VERSION'
}

/** Target labels of the exporter's pod on a node, as service discovery gives them. */
export function targetLabels(host: string, node: number): Labels {
  return {
    job: 'nvidia-dcgm-exporter',
    instance: `10.20.${node}.9:9400`,
    endpoint: 'gpu-metrics',
    service: 'nvidia-dcgm-exporter',
    namespace: 'gpu-operator',
    pod: `nvidia-dcgm-exporter-${host.slice(-1)}x7kq`,
    container: 'nvidia-dcgm-exporter',
  }
}

/** Labels of one series. An empty value is no label to Prometheus, which is how exporter 3.x wrote GPUs without a pod. */
export function seriesLabels(
  scenario: DcgmScenario,
  device: Device,
  instance: Instance | undefined,
  pod: PodReference | undefined,
  slice: string | undefined,
): Labels {
  const own: Record<string, string> = {
    gpu: String(device.index),
    UUID: device.uuid,
    ...(scenario.exporter === '3.x' ? {} : { pci_bus_id: device.pciBusId }),
    device: `nvidia${device.index}`,
    modelName: 'NVIDIA H100 80GB HBM3',
    ...(instance === undefined ? {} : { GPU_I_PROFILE: instance.profile, GPU_I_ID: instance.id }),
    [hostLabel(scenario)]: device.host,
    [driverLabel(scenario)]: '570.86.15',
    ...(slice === undefined ? {} : { vgpu: slice }),
  }
  const target = targetLabels(device.host, device.node)
  if (pod === undefined) return { ...own, ...target }
  if (scenario.honorLabels) return { ...own, ...target, ...pod }
  return { ...own, ...target, exported_namespace: pod.namespace, exported_pod: pod.pod, exported_container: pod.container }
}
