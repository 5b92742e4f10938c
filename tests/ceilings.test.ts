/** The shipped ceilings, and files of others in the same shape. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { checkCeilings } from '../src/analysis/ceiling-check.ts'
import { quantityOf } from '../src/analysis/ceiling-metric.ts'
import {
  type Ceilings,
  ceilingAt,
  compileCeilings,
  computeCeiling,
  findHardware,
  linkCeiling,
  memoryCeiling,
} from '../src/analysis/ceilings.ts'
import { reportCeilings } from '../src/analysis/ceilings-report.ts'
import { recogniseDevice } from '../src/analysis/hardware-names.ts'
import { isSextantError } from '../src/base/errors.ts'
import { solCeilingsSchema } from '../src/formats/sol-ceilings.ts'
import { loadCeilings, loadDeviceNames, loadShippedCeilings } from '../src/pipeline/ceilings.ts'
import { checkoutRoot } from './support/checkout.ts'
import { listShared, sharedDataAbsent } from './support/shared-data.ts'

const configRoot = join(checkoutRoot, 'configs')
const names = loadDeviceNames(configRoot)
const { ceilings } = loadShippedCeilings(configRoot)
const peerPath = listShared('peer-configs').find((path) => path.endsWith('sol-ceilings.yaml'))

function hardware(key: string, of: Ceilings = ceilings) {
  return findHardware(of, names, key).hardware
}

function refusal(run: () => unknown) {
  try {
    run()
  } catch (error) {
    if (isSextantError(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('every hardware of the table, each with memory bandwidth, a dense peak, SM count and clocks', () => {
  expect(ceilings.hardware.size).toBe(28)
  for (const each of ceilings.hardware.values()) {
    expect(memoryCeiling(each)?.units, each.key).toBe('TB/s')
    expect(computeCeiling(each, 'fp16') ?? computeCeiling(each, 'bf16'), each.key).toBeDefined()
    for (const metric of ['sm_count', 'clock_max_mhz', 'clock_tensor_mhz', 'tdp_w']) expect(each.ceilings.has(metric), each.key).toBe(true)
    expect(linkCeiling(each, 'pcie-bandwidth')?.baseValue, each.key).toBeGreaterThan(15e9)
    for (const ceiling of each.ceilings.values()) {
      expect(ceiling.sources.join(), ceiling.path).not.toBe('')
      // A source id that the list does not hold would be printed as it stands.
      for (const source of ceiling.sources) expect(source === 'derived' || source.length > 12, `${ceiling.path}: ${source}`).toBe(true)
    }
  }
})

test('219 of 226 dense peaks follow from SM count, clock and FLOP per SM and clock; the seven others are known', () => {
  const check = checkCeilings(ceilings)
  expect(check).toMatchObject({ compared: 226, agreeing: 219, notDerivable: [] })
  expect(check.disagreeing.map(({ path }) => path)).toEqual([
    'l40s.int4_dense_pops',
    'b300_hgx.fp32_tflops',
    'b300_hgx.int8_dense_pops',
    'gb300_nvl72.fp64_tflops',
    'gb300_nvl72.fp64_tc_tflops',
    'gb300_nvl72.int8_dense_pops',
    'rtx_pro_6000_bw_se.nvfp4_dense_pflops',
  ])
})

test('a wrong row is reported by the check', () => {
  const file = structuredClone(solCeilingsSchema.parse(parse(readFileSync(join(configRoot, 'sol-ceilings.yaml'), 'utf8'))))
  // The peer's document: GB300 FP8 7.5 and BF16 3.75 PFLOPS.
  const gb300 = file['gb300_nvl72'] as unknown as Record<string, { value: number }>
  for (const [metric, value] of [
    ['fp8_dense_pflops', 7.5],
    ['bf16_dense_pflops', 3.75],
  ] as const)
    (gb300[metric] ?? { value: 0 }).value = value
  const wrong = checkCeilings(compileCeilings(file)).disagreeing.filter(({ path }) => /gb300.*(fp8|bf16)/.test(path))
  expect(wrong.map(({ ratio }) => Math.round(ratio * 10) / 10)).toEqual([1.5, 1.5])
})

test('the field’s keys resolve; corrections are named', () => {
  const at = (path: string) => ceilingAt(ceilings, names, path)
  expect(at('b200_sm100.hbm3e_tbps')).toMatchObject({ matchedBy: 'field-key', ceiling: { value: 7.7, path: 'b200_hgx.hbm3e_tbps' } })
  expect(at('b200_sm100.hbm3e_tbps').corrections).toContainEqual(expect.objectContaining({ fieldValue: 8 }))
  expect(at('b200_sm100.nvfp4_dense_pflops').ceiling.value).toBe(9)
  expect(at('b200_sm100.fp32_tc_tflops').ceiling).toMatchObject({ metric: 'tf32_dense_pflops', baseValue: 1.125e15 })
  expect(at('b200_sm100.nvlink5_tbps').ceiling.baseValue).toBe(1.8e12)
  expect(at('gb300_nvl72.fp8_dense_pflops').ceiling.value).toBe(5)
  expect(at('gb300_nvl72.roce_per_nic_gbps').ceiling.baseValue, 'bits, not bytes').toBe(50e9)
  expect(at('gb300_nvl72.roce_two_nic_gbs').ceiling.baseValue).toBe(100e9)
  expect(at('h100_sxm.fp8_dense_pflops').ceiling.value).toBe(1.9789)
  expect(at('h100_sxm.nvswitch_sharp')).toMatchObject({ ceiling: { value: true }, corrections: [{ fieldValue: false }] })
  expect(refusal(() => at('h100_sxm.nvlink5_tbps')).message, 'NVLink 5 is not answered with NVLink 4').toMatch(/no ceiling of this name/)
})

test.skipIf(peerPath === undefined)(
  `every metric of a published file loads, and its key path resolves here ${peerPath === undefined ? sharedDataAbsent : ''}`,
  () => {
    const theirs = loadCeilings(peerPath ?? '').ceilings
    expect([...theirs.hardware.keys()]).toEqual(['b200_sm100', 'gb300_nvl72', 'h100_sxm'])
    const paths = [...theirs.hardware.values()].flatMap((each) => [...each.ceilings.values()])
    expect(paths).toHaveLength(23)
    for (const theirCeiling of paths) {
      const { ceiling, corrections } = ceilingAt(ceilings, names, theirCeiling.path)
      const differs =
        typeof theirCeiling.baseValue === 'number' && typeof ceiling.baseValue === 'number'
          ? Math.abs(ceiling.baseValue / theirCeiling.baseValue - 1) > 0.005
          : ceiling.value !== theirCeiling.value
      // Anything but rounding is a correction, and a correction is named with the value that it corrects.
      expect(
        corrections.some(({ fieldValue }) => fieldValue === theirCeiling.value),
        theirCeiling.path,
      ).toBe(differs || theirCeiling.path === 'b200_sm100.pcie_gen5_x16_gbps')
    }
    expect(Object.keys(theirs.categories)).toEqual(Object.keys(ceilings.categories))
    expect(theirs.categories).toEqual(ceilings.categories)
    expect(findHardware(theirs, names, 'NVIDIA H100 80GB HBM3').hardware.key).toBe('h100_sxm')
    expect(refusal(() => findHardware(theirs, names, 'NVIDIA A100-SXM4-80GB')).code).toBe('missing_data')
  },
)

test('names of devices from every tool give a key; other parts do not', () => {
  const known: Readonly<Record<string, string>> = {
    'NVIDIA A100-SXM4-80GB': 'a100_80gb_sxm4', // nsys, kineto
    'A100-PCIE-40GB': 'a100_40gb_pcie', // older driver
    'NVIDIA A100 80GB PCIe': 'a100_80gb_pcie',
    'Tesla T4': 't4', // DCGM
    'NVIDIA L4': 'l4', // DCGM
    'NVIDIA H100 80GB HBM3': 'h100_sxm5', // ncu
    'NVIDIA H100 PCIe': 'h100_pcie',
    'NVIDIA H200': 'h200_sxm',
    'NVIDIA GH200 120GB': 'gh200_96gb',
    'NVIDIA B200': 'b200_hgx',
    'NVIDIA GB300': 'gb300_nvl72',
    'AMD Instinct MI300X': 'mi300x',
    'NVIDIA GeForce RTX 4090': 'rtx_4090',
    h100: 'h100_sxm5', // benchmark files
    B200: 'b200_hgx',
    GB300: 'gb300_nvl72',
    gb200_nvl72: 'gb200_nvl72',
  }
  for (const [name, key] of Object.entries(known)) expect(recogniseDevice(names, name).key, name).toBe(key)
  const others = [
    'A100',
    'GRID A100-10C',
    'NVIDIA A100-SXM4-40GB MIG 3g.20gb',
    'NVIDIA A10G',
    'NVIDIA L40',
    'NVIDIA GeForce RTX 4090 Laptop GPU',
  ]
  for (const name of [...others, 'NVIDIA GeForce RTX 4060 Ti', 'AMD Instinct MI210', '', 'unknown'])
    expect(recogniseDevice(names, name).key, name).toBeUndefined()
  expect(findHardware(ceilings, names, 'H100').assumes).toMatch(/SXM5/)
  for (const key of ceilings.hardware.keys()) expect(recogniseDevice(names, key).key, key).toBe(key)
  for (const { key } of names.known.values()) expect(ceilings.hardware.has(key), key).toBe(true)
})

test('trap H9: hardware without ceilings is refused with near names, never given another’s peaks', () => {
  expect(refusal(() => findHardware(ceilings, names, 'NVIDIA A100'))).toMatchObject({
    code: 'missing_data',
    hint: expect.stringContaining('a100_80gb_sxm4'),
  })
  expect(refusal(() => reportCeilings(ceilings, names, 'NVIDIA V100-SXM2-32GB')).code).toBe('missing_data')
  expect(refusal(() => reportCeilings(ceilings, names, 'h10_sxm5')).hint).toContain('h100_sxm5')
})

test('trap E10: an H100 has anchors in DCGM, and where there is none the answer says none and why', () => {
  const rows = reportCeilings(ceilings, names, 'H100').asked?.ceilings ?? []
  const measurable = rows.filter(({ quantity }) => !['other', 'memory-capacity'].includes(quantity))
  expect(measurable.length).toBeGreaterThan(15)
  for (const { path, dcgm } of measurable) expect(dcgm, path).toBeDefined()
  expect(rows.find(({ metric }) => metric === 'hbm3_tbps')?.dcgm).toMatchObject({ metrics: ['DCGM_FI_PROF_DRAM_ACTIVE'], unit: 'ratio' })
  const amd = reportCeilings(ceilings, names, 'mi300x').asked?.ceilings.find(({ metric }) => metric === 'hbm3_tbps')
  expect(amd?.dcgm).toEqual({ metrics: [], reason: 'DCGM does not measure this device' })
})

test('trap E11: tensor peaks are anchored to the tensor pipe, never to PIPE_FP16 or PIPE_FP32', () => {
  for (const each of ceilings.hardware.values()) {
    for (const { path, quantity, dcgm } of each.ceilings.values()) {
      if (quantity.kind !== 'compute' || dcgm === undefined || /\.fp(32|64)_tflops$/.test(path)) continue
      expect(dcgm.metrics, path).toEqual(['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE'])
    }
  }
})

test('trap E6: no bandwidth falls back to memory in use', () => {
  for (const each of ceilings.hardware.values())
    for (const { path, dcgm } of each.ceilings.values()) expect(dcgm?.fallbackMetric, path).toBeUndefined()
})

test('trap E27: dense NVFP4 of Blackwell Ultra is its own number, not sparse halved', () => {
  const gb300 = hardware('gb300_nvl72')
  expect(computeCeiling(gb300, 'nvfp4')?.baseValue).toBe(15e15)
  expect(computeCeiling(gb300, 'fp4', 'sparse')?.baseValue).toBe(20e15)
  expect(computeCeiling(hardware('b300_hgx'), 'fp4')?.baseValue).toBe(13.5e15)
  const doubled = [...ceilings.hardware.values()].flatMap((each) =>
    [...each.ceilings.values()].flatMap(({ quantity, baseValue = 0, path }) => {
      if (quantity.kind !== 'compute' || quantity.sparsity !== 'sparse') return []
      const dense = computeCeiling(each, quantity.dtype)?.baseValue
      return dense !== undefined && Math.abs(baseValue / dense / 2 - 1) > 0.02 ? [path] : []
    }),
  )
  expect(doubled).toEqual(['b300_hgx.nvfp4_sparse_pflops', 'gb300_nvl72.nvfp4_sparse_pflops'])
})

test('trap E28: a link’s ceiling is per direction unless the sum of both is asked for', () => {
  const b200 = hardware('B200')
  expect(linkCeiling(b200, 'link-bandwidth')?.baseValue).toBe(0.9e12)
  expect(linkCeiling(b200, 'link-bandwidth')?.dcgm).toMatchObject({ combine: 'max', unit: 'bytes_per_s' })
  expect(linkCeiling(b200, 'link-bandwidth', 'both')?.baseValue).toBe(1.8e12)
  expect(linkCeiling(b200, 'link-bandwidth', 'both')?.dcgm).toMatchObject({ combine: 'sum' })
  expect(linkCeiling(b200, 'pcie-bandwidth')?.baseValue).toBe(63.02e9)
})

test('trap E1: the unit comes from the entry: GB/s and TB/s cannot mix', () => {
  const pcie = ceilingAt(ceilings, names, 'b200_sm100.pcie_gen5_x16_gbps').ceiling
  expect(30e9 / (pcie.baseValue ?? 0)).toBeCloseTo(0.238, 3)
  const unitless = compileCeilings(solCeilingsSchema.parse({ x: { hw_name: 'X', hbm3_tbps: { value: 3.35 } } }))
  expect(memoryCeiling(hardware('x', unitless))?.baseValue, 'no unit, no number').toBeUndefined()
})

test('metric names of either file say what they are', () => {
  expect(quantityOf('nvfp4_dense_pflops')).toEqual({ kind: 'compute', dtype: 'fp4', sparsity: 'dense' })
  expect(quantityOf('int8_sparse_pops')).toEqual({ kind: 'compute', dtype: 'int8', sparsity: 'sparse' })
  expect(quantityOf('fp32_tc_tflops')).toEqual({ kind: 'compute', dtype: 'tf32', sparsity: 'dense' })
  expect(quantityOf('gddr6x_tbps')).toEqual({ kind: 'memory-bandwidth' })
  expect(quantityOf('hbm3e_from_bus_tbps')).toEqual({ kind: 'other' })
  expect(quantityOf('hbm3e_capacity_gb')).toEqual({ kind: 'memory-capacity' })
  expect(quantityOf('nvlink5_unidirectional_tbps')).toEqual({ kind: 'link-bandwidth', direction: 'one' })
  expect(quantityOf('pcie_gen5_x16_gbps')).toEqual({ kind: 'pcie-bandwidth', direction: 'both' })
})

test('a file that is no file of ceilings is refused', () => {
  expect(refusal(() => loadCeilings(join(configRoot, 'kernel-families.yaml'))).code).toBe('unknown_format')
  expect(refusal(() => loadCeilings(join(checkoutRoot, 'README.md'))).code).toBe('unknown_format')
  expect(refusal(() => loadCeilings(join(configRoot, 'absent.yaml'))).code).toBe('file_not_found')
})
