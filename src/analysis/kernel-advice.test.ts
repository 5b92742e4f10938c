import { expect, test } from 'vitest'
import { compileDeviceNames } from '#analysis/hardware-names.ts'
import type { KernelRow } from '#formats/kernel-summary.ts'
import { kernelAdvice } from './kernel-advice.ts'

const names = compileDeviceNames({
  schema: 'device-names/1',
  device_names: { h100_sxm5: { names: ['H100 80GB HBM3'] }, t4: { names: ['T4'] } },
  device_tokens: {},
  field_keys: {},
})
const row = (name: string, family: string, role: string, shareRatio: number): KernelRow => ({
  name,
  shortName: name,
  family,
  role,
  count: 1,
  totalNs: 1,
  shareRatio,
})
const summary = (kernels: KernelRow[], deviceNames?: string[]) => ({
  kernels,
  families: kernels.map(({ family, shareRatio }) => ({ family, shareRatio })),
  source: 'timeline' as const,
  ...(deviceNames === undefined ? {} : { deviceNames }),
})

test('the key of the ceilings is that of all devices, or none', () => {
  const key = (deviceNames: string[], ordinal?: number) => kernelAdvice(summary([], deviceNames), ordinal, names).ceilingKey
  expect(key(['NVIDIA H100 80GB HBM3'])).toBe('h100_sxm5')
  expect(key(['NVIDIA H100 80GB HBM3'], 3)).toBe('h100_sxm5')
  expect(key(['NVIDIA H100 80GB HBM3', 'Tesla T4'])).toBeUndefined()
  expect(key(['NVIDIA H100 80GB HBM3', 'NVIDIA A40'])).toBeUndefined()
  expect(key(['NVIDIA H100'])).toBeUndefined()
  expect(key([])).toBeUndefined()
})

test('the next capture is of the hottest kernel that can be replayed: a collective would hang, a copy has no counters', () => {
  const rows = [
    row('ncclDevKernel', 'nccl', 'communication', 0.5),
    row('copy', 'copy', 'copy', 0.2),
    row('gemm_a', 'gemm-cublas', 'gemm', 0.1),
  ]
  const { next } = kernelAdvice(summary(rows, ['Tesla T4']), undefined, names)
  expect(next?.lever).toContain('ncu --set full -k regex:gemm_a --launch-count 5')
  expect(next?.expectedUnlock).toMatch(/^At most the 10.0 % of kernel time/)
  expect(next?.gate).toContain('ceilings of t4')
  expect(kernelAdvice(summary(rows.slice(0, 2)), undefined, names).next).toBeUndefined()
})

test('a name is one literal word of the command, whatever it holds', () => {
  const { next } = kernelAdvice(summary([row("a'b; rm -rf $(x).*", 'unknown', 'other', 1)]), undefined, names)
  expect(next?.lever).toContain(String.raw`-k 'regex:a'\''b; rm -rf \$'`)
})
