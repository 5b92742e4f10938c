import { expect, test } from 'vitest'
import { workOf } from '../../../tests/support/counter-fixture.ts'
import { type Ceilings, compareWithRoof, headroom, largestStepGain } from './roof.ts'

/** A chip of round numbers: 1 PFLOP/s FP16, 2 FP8, 4 FP4 dense; twice that sparse; 50 TFLOP/s FP32; 1 TB/s. */
const dense: Readonly<Record<string, number>> = { fp16: 1e15, bf16: 1e15, fp8: 2e15, fp4: 4e15 }
const ceilings: Ceilings = {
  flops(pipe, elements, isSparse) {
    if (pipe === 'scalar') return elements[0] === 'fp32' ? { key: 'chip.fp32', perSecond: 50e12 } : undefined
    const peaks = elements.map((element) => dense[element] ?? 0)
    return { key: `chip.${elements[0]}_${isSparse ? 'sparse' : 'dense'}`, perSecond: Math.max(...peaks) * (isSparse ? 2 : 1) }
  },
  dramBytes: { key: 'chip.hbm', perSecond: 1e12 },
}

const ms = { 'gpu__time_duration.sum': 1e6 }
const GB = 1e9
const gemm = { isMatrixKernel: true }

test('trap D10: an FP8 kernel is measured against the FP8 roof', () => {
  const work = workOf({ ...ms, 'dram__bytes.sum': GB * 0.1, 'sm__ops_path_tensor_src_fp8.sum': 1e12 }, gemm)
  // 1e12 FLOP in 1 ms are 1 PFLOP/s: half of FP8, a quarter of FP4.
  expect(compareWithRoof(work, ceilings)).toMatchObject({
    state: 'judged',
    bound: 'compute',
    roofRatio: 0.5,
    ceilings: ['chip.hbm', 'chip.fp8_dense'],
  })
})

test('trap D11: a compute-bound kernel is judged by its compute, not by its share of DRAM', () => {
  const work = workOf({ ...ms, 'dram__bytes.sum': GB * 0.1, 'sm__ops_path_tensor_src_bf16.sum': 0.9e12 }, gemm)
  const distance = compareWithRoof(work, ceilings)
  expect(distance).toMatchObject({ bound: 'compute', roofRatio: expect.closeTo(0.9, 12), memoryRatio: 0.1, achievedFlopsPerSecond: 0.9e15 })
  // Equal to achieved over min(peak, intensity x bandwidth): 9000 FLOP/byte is right of the ridge at 1000.
  expect(distance).toMatchObject({ ridgeFlopsPerByte: 1000 })
})

test('a memory-bound kernel is judged by its bytes', () => {
  const fp32 = {
    'smsp__sass_thread_inst_executed_op_ffma_pred_on.sum': 1e6,
    'smsp__sass_thread_inst_executed_op_fadd_pred_on.sum': 0,
    'smsp__sass_thread_inst_executed_op_fmul_pred_on.sum': 0,
  }
  expect(compareWithRoof(workOf({ ...ms, ...fp32, 'dram__bytes.sum': GB * 0.8 }), ceilings)).toMatchObject({
    bound: 'memory',
    roofRatio: 0.8,
    isLowerBound: false,
  })
})

test('sparse operations count against the sparse peak', () => {
  const sparse = { 'sm__ops_path_tensor_src_fp16_sparsity_on.sum': 1e12, 'sm__ops_path_tensor_src_fp16_sparsity_off.sum': 0 }
  expect(compareWithRoof(workOf({ ...ms, ...sparse, 'dram__bytes.sum': 1 }, gemm), ceilings)).toMatchObject({
    roofRatio: 0.5,
    ceilings: ['chip.hbm', 'chip.fp16_sparse'],
  })
})

test('types of the matrix units share one pipe', () => {
  const mixed = { 'sm__ops_path_tensor_src_fp16.sum': 0.25e12, 'sm__ops_path_tensor_src_fp8.sum': 0.5e12 }
  expect(compareWithRoof(workOf({ ...ms, ...mixed, 'dram__bytes.sum': 1 }, gemm), ceilings)).toMatchObject({ computeRatio: 0.5 })
})

test('trap D9: a busy multiprocessor without counted work decides nothing', () => {
  const basic = workOf({
    ...ms,
    'sm__throughput.avg.pct_of_peak_sustained_elapsed': 90,
    'gpu__dram_throughput.avg.pct_of_peak_sustained_elapsed': 5,
  })
  expect(headroom(basic)).toEqual({ state: 'undecidable', reason: expect.stringContaining('--set basic') })
  expect(compareWithRoof(basic, ceilings)).toMatchObject({ state: 'undecidable', reason: expect.stringContaining('--set basic') })
})

test('without a duration, a ceiling or operations nothing is judged; known bytes are still shown', () => {
  expect(compareWithRoof(workOf({ 'dram__bytes.sum': 1 }), ceilings)).toMatchObject({
    state: 'undecidable',
    reason: expect.stringContaining('duration'),
  })
  const fp64 = workOf({ ...ms, 'dram__bytes.sum': GB, 'smsp__sass_thread_inst_executed_op_dfma_pred_on.sum': 5 })
  expect(compareWithRoof(fp64, ceilings)).toMatchObject({
    state: 'undecidable',
    reason: 'no ceiling for fp64 of the scalar pipe',
    memoryRatio: 1,
  })
  expect(compareWithRoof(workOf({ ...ms, 'dram__bytes.sum': GB / 2 }), ceilings)).toMatchObject({ state: 'undecidable', memoryRatio: 0.5 })
})

test('trap D24: a local estimate of 98.9 % on a kernel with a tenth of the step gains the step 5 % at most', () => {
  expect(largestStepGain(0.989, 0.1)).toBeCloseTo(0.0497, 4)
  expect(largestStepGain(0.989, 0.1)).toBeLessThan(0.1)
})
