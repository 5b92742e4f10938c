/** Field numbers and kinds, by hand from dcgm_fields.h and default-counters.csv as facts/dcgm.md quotes them. */
import { expect, test } from 'vitest'
import { dcgmFieldOf, dcgmFields, dcgmQuantity } from './dcgm-fields.ts'

const byHand: readonly (readonly [name: string, id: number, kind: string, unit: string, group: string, level: string])[] = [
  ['DCGM_FI_PROF_GR_ENGINE_ACTIVE', 1001, 'ratio', 'ratio', 'prof', 'compute-instance'],
  ['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 1004, 'ratio', 'ratio', 'prof', 'compute-instance'],
  ['DCGM_FI_PROF_TENSOR_UTIL_RATIO', 1004, 'ratio', 'ratio', 'prof', 'compute-instance'],
  ['DCGM_FI_PROF_DRAM_ACTIVE', 1005, 'ratio', 'ratio', 'prof', 'gpu-instance'],
  ['DCGM_FI_PROF_PCIE_TX_BYTES', 1009, 'rate', 'B/s', 'prof', 'gpu'],
  ['DCGM_FI_PROF_NVLINK_RX_BYTES', 1012, 'rate', 'B/s', 'prof', 'gpu'],
  ['DCGM_FI_PROF_C2C_TX_ALL_BYTES', 1076, 'rate', 'B/s', 'prof', 'gpu'],
  ['DCGM_FI_PROF_PCIE_TX_BYTES_TOTAL', 1091, 'counter', 'B', 'prof', 'gpu'],
  ['DCGM_FI_DEV_NVLINK_COUNT_TX_BYTES', 1201, 'counter', 'B', 'device', 'gpu'],
  ['DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL', 449, 'rate', 'B/s', 'device', 'gpu'],
  ['DCGM_FI_DEV_NVLINK_THROUGHPUT_BYTES_PER_SECOND', 1648, 'rate', 'B/s', 'device', 'gpu'],
  ['DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', 156, 'counter', 'J', 'device', 'gpu'],
  ['DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL', 1611, 'counter', 'J', 'device', 'gpu'],
  ['DCGM_FI_DEV_POWER_USAGE', 155, 'point', 'W', 'device', 'gpu'],
  ['DCGM_FI_DEV_FB_USED', 252, 'point', 'B', 'device', 'gpu'],
  ['DCGM_FI_DEV_FB_CAPACITY_BYTES', 1625, 'point', 'B', 'device', 'gpu'],
  ['DCGM_FI_DEV_SM_CLOCK_HERTZ', 1603, 'point', 'Hz', 'device', 'gpu'],
  ['DCGM_FI_DEV_RELIABILITY_VIOLATION', 245, 'counter', 's', 'device', 'gpu'],
]

test('numbers, kinds and levels are those of the header', () => {
  for (const [name, id, kind, unit, group, level] of byHand) {
    const known = dcgmFieldOf(name)
    expect([known?.name.fieldId, known?.field.kind, known?.field.unit, known?.field.group, known?.field.level], name).toEqual([
      id,
      kind,
      unit,
      group,
      level,
    ])
  }
})

test('trap E6: memory in use is allocated bytes in MiB, a point, and says that it is no traffic', () => {
  const used = dcgmQuantity('memory-used')
  expect(used).toMatchObject({ kind: 'point', unit: 'B', note: 'allocated memory: no traffic' })
  expect(used?.names.map(({ name, factor }) => [name, factor])).toEqual([
    ['DCGM_FI_DEV_FB_USED', 1048576],
    ['DCGM_FI_DEV_FB_USED_BYTES', 1],
  ])
})

test('a name is in the table once, and a number means one quantity', () => {
  const names = dcgmFields.flatMap((field) => field.names.map(({ name, fieldId }) => ({ name, fieldId, quantity: field.quantity })))
  expect(new Set(names.map(({ name }) => name)).size).toBe(names.length)
  const quantities = new Map<number, Set<string>>()
  for (const { fieldId, quantity } of names) quantities.set(fieldId, (quantities.get(fieldId) ?? new Set()).add(quantity))
  expect([...quantities].filter(([, of]) => of.size > 1)).toEqual([])
  expect(dcgmFieldOf('DCGM_EXP_XID_ERRORS_COUNT')).toBeUndefined()
})
