import { expect, test } from 'vitest'
import { oneOf } from '#model/promql.ts'
import { exporterGenerations } from './exporter-generation.ts'
import { gpuOf, honorLabelsOf, isExporterPod, labelForms } from './label-roles.ts'
import { distinctMatchers } from './selection.ts'

const target = { job: 'monitoring/gpu-metrics', instance: '10.0.0.1:9400', namespace: 'monitoring', pod: 'gpu-metrics-abcde' }
const idle = { ...target, UUID: 'GPU-1', gpu: '0', Hostname: 'a' }

test('trap E24: the exporter’s own pod is no workload, even where it is not called dcgm-exporter', () => {
  expect(isExporterPod(target)).toBe(true)
  expect(isExporterPod({ pod: 'nvidia-dcgm-exporter-x7kq' })).toBe(true)
  expect(isExporterPod({ ...target, pod: 'vllm-0', container: 'vllm' })).toBe(false)
  expect(gpuOf(idle)).toEqual({ key: 'GPU-1', uuid: 'GPU-1', host: 'a', index: '0' })
  expect(gpuOf({ ...idle, exported_pod: 'vllm-0', exported_namespace: 'ns' })).toMatchObject({ pod: 'ns/vllm-0' })
  expect(gpuOf({ ...idle, pod: 'vllm-0', namespace: 'ns' })).toMatchObject({ pod: 'ns/vllm-0' })
})

test('trap E3: two nodes with the same index are two GPUs, by UUID or by host and index', () => {
  const keys = ['a', 'b'].map((host) => gpuOf({ gpu: '0', Hostname: host })?.key)
  expect(new Set(keys).size).toBe(2)
  expect(gpuOf({ nvswitch: '1' })).toBeUndefined()
})

test('honor_labels is told from series with a workload, and unknown without one', () => {
  const [on, off] = [
    { ...idle, pod: 'vllm-0' },
    { ...idle, exported_pod: 'vllm-0' },
  ]
  expect([[idle], [idle, on], [idle, off], [on, off]].map(honorLabelsOf)).toEqual(['unknown', 'on', 'off', 'mixed'])
})

test('a fleet in the middle of an update is selected in every form of its labels', () => {
  const { Hostname: _, ...rest } = idle
  const series = [
    { ...idle, exported_pod: 'vllm-0' },
    { ...rest, UUID: 'GPU-2', hostname: 'b', exported_pod: 'vllm-1' },
  ]
  const forms = labelForms(series)
  expect(forms.map(({ host }) => host)).toEqual(['Hostname', 'hostname'])
  const none = { hosts: [], uuids: [], pods: [], namespaces: [], requirements: [] }
  expect(distinctMatchers({ ...none, hosts: ['a', 'b'] }, forms)).toEqual([
    [oneOf('Hostname', ['a', 'b'])],
    [oneOf('hostname', ['a', 'b'])],
  ])
  // A selection that does not speak of hosts needs one query only.
  expect(distinctMatchers({ ...none, pods: ['vllm-.*', 'x|y'] }, forms)).toEqual([
    [{ label: 'exported_pod', operator: '=~', value: '(?:vllm-.*)|(?:x|y)' }],
  ])
  expect(
    exporterGenerations(series.map((labels, at) => ({ name: 'DCGM_FI_DEV_GPU_TEMP', labels: { ...labels, instance: String(at) } }))),
  ).toEqual(['3.x or older', '4.6 to 4.8'])
})
