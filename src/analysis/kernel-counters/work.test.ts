/** FLOP and byte arithmetic on constructed launches, every answer worked out by hand. */
import { describe, expect, test } from 'vitest'
import { workOf } from '../../../tests/support/counter-fixture.ts'

const MB = 1e6
const duration = { 'gpu__time_duration.sum': 10_000 }
const op = (name: string): string => `smsp__sass_thread_inst_executed_op_${name}_pred_on.sum`

function flopsOf(metrics: Record<string, number>, matrix = false, computeCapability = '9.0') {
  return workOf(metrics, { isMatrixKernel: matrix, computeCapability }).flops
}

describe('DRAM bytes', () => {
  test('trap D1: 10 MB read and 30 MB written are 40 MB', () => {
    const { dram } = workOf({ 'dram__bytes_read.sum': 10 * MB, 'dram__bytes_write.sum': 30 * MB })
    expect(dram).toEqual({ totalBytes: 40 * MB, readBytes: 10 * MB, writeBytes: 30 * MB, isLowerBound: false })
  })

  test('trap D2: the counter of both is not added to its parts', () => {
    const { dram } = workOf({ 'dram__bytes.sum': 40 * MB, 'dram__bytes_read.sum': 10 * MB, 'dram__bytes_write.sum': 30 * MB })
    expect(dram?.totalBytes).toBe(40 * MB)
  })

  test('one half is a lower bound; average, minimum and maximum per unit are no total', () => {
    expect(workOf({ 'dram__bytes_read.sum': 10 * MB }).dram).toEqual({ totalBytes: 10 * MB, readBytes: 10 * MB, isLowerBound: true })
    expect(workOf({ 'dram__bytes.avg': 1, 'dram__bytes_read.max': 2, 'dram__bytes.sum.peak_sustained': 3 }).dram).toBeUndefined()
  })

  test('a rate times the duration: 4 GB/s for 10 us are 40 kB', () => {
    expect(workOf({ ...duration, 'dram__bytes.sum.per_second': 4e9 }).dram?.totalBytes).toBe(40_000)
    expect(workOf({ 'dram__bytes.sum.per_second': 4e9 }).dram).toBeUndefined()
  })

  test('L2 is a level of its own', () => {
    const { dram, l2 } = workOf({ 'lts__t_bytes.sum': 7, 'dram__bytes.sum': 5 })
    expect([l2?.totalBytes, dram?.totalBytes]).toEqual([7, 5])
  })
})

describe('scalar FLOP', () => {
  test('trap D3: 1e9 FFMA are 2e9 FLOP, at least: adds and multiplications were not collected', () => {
    expect(flopsOf({ [op('ffma')]: 1e9 })).toMatchObject({ state: 'known', total: 2e9, lowerBound: 'not collected: fp32 add, mul' })
  })

  test('add + mul + 2 fma, per type', () => {
    const flops = flopsOf({ [op('fadd')]: 1, [op('fmul')]: 10, [op('ffma')]: 100, [op('dadd')]: 1000, [op('dmul')]: 0, [op('dfma')]: 1000 })
    expect(flops).toMatchObject({
      state: 'known',
      total: 211 + 3000,
      types: [
        { type: 'fp64', flops: 3000 },
        { type: 'fp32', flops: 211 },
      ],
    })
    expect(flops).not.toHaveProperty('lowerBound')
  })

  test('SM and SMSP count the same instructions', () => {
    const metrics = { [op('fadd')]: 0, [op('fmul')]: 0, [op('ffma')]: 50, 'sm__sass_thread_inst_executed_op_ffma_pred_on.sum': 50 }
    expect(flopsOf(metrics)).toMatchObject({ total: 100 })
  })

  test('rates come back to totals by elapsed cycles, or by clock and duration', () => {
    const perCycle = {
      [`${op('ffma')}.per_cycle_elapsed`]: 8,
      [`${op('fadd')}.per_cycle_elapsed`]: 0,
      [`${op('fmul')}.per_cycle_elapsed`]: 0,
    }
    expect(flopsOf({ ...perCycle, 'sm__cycles_elapsed.max': 1000 })).toMatchObject({ total: 16_000 })
    // 1 GHz for 10 us are 10 000 cycles.
    expect(flopsOf({ ...perCycle, ...duration, 'smsp__cycles_elapsed.avg.per_second': 1e9 })).toMatchObject({ total: 160_000 })
    expect(flopsOf(perCycle)).toMatchObject({ state: 'unknown' })
  })

  test('derived peaks and weighted counts are not multiplied again', () => {
    const peaks = { derived__sm__sass_thread_inst_executed_op_ffma_pred_on_x2: 20480, [`${op('ffma')}.peak_sustained`]: 10240 }
    expect(flopsOf(peaks)).toMatchObject({ state: 'unknown' })
  })

  test('trap D4: integer instructions are kept apart', () => {
    const work = workOf({ [op('ffma')]: 10, [op('fadd')]: 0, [op('fmul')]: 0, [op('integer')]: 1e9, [op('iadd')]: 1e9 })
    expect(work.flops).toMatchObject({ total: 20 })
    expect(work.integerInstructions).toBe(1e9)
  })

  test('trap D7: packed FP32 of Blackwell: ffma2 counts four, fmul2 and fadd2 two', () => {
    const plain = { [op('fadd')]: 1, [op('fmul')]: 1, [op('ffma')]: 1 }
    const packed = { [op('fadd2')]: 100, [op('fmul2')]: 1000, [op('ffma2')]: 10_000 }
    expect(flopsOf({ ...plain, ...packed }, false, '10.0')).toMatchObject({ total: 4 + 200 + 2000 + 40_000 })
    expect(flopsOf({ ...plain, ...packed }, false, '10.0')).not.toHaveProperty('lowerBound')
    expect(flopsOf(plain, false, '10.0')).toMatchObject({ lowerBound: 'not collected: fp32 add2, mul2, fma2' })
  })

  test('FP16 instructions on one element or two: a range', () => {
    expect(flopsOf({ [op('hadd')]: 1, [op('hmul')]: 10, [op('hfma')]: 100 })).toMatchObject({ total: 211, most: 422 })
  })
})

const tensor = (name: string): string => `sm__ops_path_tensor_${name}.sum`

describe('matrix units', () => {
  test('trap D5: base, sparse and dense counters are one amount: 25.05 FLOP/byte, 100.2 TFLOP/s', () => {
    const work = workOf(
      {
        ...duration,
        'dram__bytes_read.sum': 10 * MB,
        'dram__bytes_write.sum': 30 * MB,
        [op('ffma')]: 1e6,
        [op('fadd')]: 0,
        [op('fmul')]: 0,
        [tensor('src_fp16')]: 1e9,
        [tensor('src_fp16_sparsity_on')]: 0,
        [tensor('src_fp16_sparsity_off')]: 1e9,
      },
      { isMatrixKernel: true },
    )
    expect(work.intensity).toEqual({ flopsPerByte: 25.05, bound: 'exact' })
    expect(work.flops).toMatchObject({ total: 1.002e9, types: [{ type: 'fp32' }, { type: 'fp16', sparseFlops: 0 }] })
    expect(1.002e9 / 10e-6 / 1e12).toBeCloseTo(100.2, 9)
  })

  test('the pair without its base is summed; half a pair is a lower bound', () => {
    const pair = { [tensor('src_bf16_sparsity_on')]: 3, [tensor('src_bf16_sparsity_off')]: 4 }
    expect(flopsOf(pair, true)).toMatchObject({ total: 7, types: [{ type: 'bf16', sparseFlops: 3 }] })
    expect(flopsOf({ [tensor('src_bf16_sparsity_off')]: 4 }, true)).toMatchObject({ total: 4, lowerBound: expect.stringContaining('bf16') })
  })

  test('trap D6: counters by instruction and by source are one amount', () => {
    const byInstruction = { [tensor('op_hgmma_src_fp8')]: 600, [tensor('op_hmma_src_fp8')]: 400 }
    expect(flopsOf({ ...byInstruction, [tensor('src_fp8')]: 1000 }, true)).toMatchObject({ total: 1000 })
    expect(flopsOf(byInstruction, true)).toMatchObject({ total: 1000 })
  })

  test('parts by destination are parts', () => {
    const parts = { [tensor('src_fp16_dst_fp16')]: 1, [tensor('src_fp16_dst_fp32')]: 2 }
    expect(flopsOf({ ...parts, [tensor('src_fp16')]: 3 }, true)).toMatchObject({ total: 3 })
    expect(flopsOf(parts, true)).toMatchObject({ total: 3 })
    const both = { [tensor('op_hgmma_src_bf16_dst_fp32_sparsity_on')]: 1, [tensor('op_hgmma_src_bf16_dst_fp32_sparsity_off')]: 5 }
    expect(flopsOf(both, true)).toMatchObject({ total: 6, types: [{ sparseFlops: 1 }] })
  })

  test('a group gives what its types leave over', () => {
    const group = { [tensor('src_fp16_bf16_tf32')]: 100 }
    expect(flopsOf(group, true)).toMatchObject({ total: 100, types: [{ type: 'fp16_bf16_tf32' }] })
    expect(flopsOf({ ...group, [tensor('src_fp16')]: 60, [tensor('src_bf16')]: 30 }, true)).toMatchObject({
      total: 100,
      types: [
        { type: 'fp16', flops: 60 },
        { type: 'bf16', flops: 30 },
        { type: 'tf32', flops: 10 },
      ],
    })
    const all = { [tensor('src_fp16')]: 60, [tensor('src_bf16')]: 30, [tensor('src_tf32')]: 10 }
    expect(flopsOf({ ...group, ...all }, true)).toMatchObject({ total: 100, types: [{}, {}, {}] })
  })

  test('integer matrix operations are no FLOP', () => {
    const work = workOf({ [tensor('src_int8')]: 500, [tensor('src_fp8')]: 20 }, { isMatrixKernel: true })
    expect(work.flops).toMatchObject({ total: 20 })
    expect(work.integerOperations).toBe(500)
  })

  test('trap D8: a GEMM of which only scalar instructions were counted has unknown FLOP', () => {
    const scalar = { [op('ffma')]: 1000, [op('fadd')]: 0, [op('fmul')]: 0 }
    expect(flopsOf(scalar, true)).toMatchObject({ state: 'unknown', scalarFlops: 2000 })
    // The pipe ran: unknown whatever the name says.
    const pipe = 'sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_elapsed'
    expect(flopsOf({ ...scalar, [pipe]: 40 })).toMatchObject({ state: 'unknown' })
    // The pipe was idle: a GEMM of scalar instructions.
    expect(flopsOf({ ...scalar, [pipe]: 0 }, true)).toMatchObject({ state: 'known', total: 2000 })
    expect(flopsOf({ ...scalar, 'sm__inst_executed_pipe_tensor.sum': 0 }, true)).toMatchObject({ state: 'known', total: 2000 })
    expect(flopsOf({ ...scalar, 'sm__inst_executed_pipe_tensor.sum': 7 }, true)).toMatchObject({ state: 'unknown' })
    // Another kernel: known, and the assumption is said.
    expect(flopsOf(scalar)).toMatchObject({ state: 'known', total: 2000, assumption: expect.stringContaining('matrix units idle') })
  })

  test('V100 counts instructions of 512 FLOP', () => {
    expect(flopsOf({ 'sm__inst_executed_pipe_tensor.sum': 10 }, true, '7.0')).toMatchObject({ total: 5120, types: [{ type: 'fp16' }] })
  })

  test('trap D12: matrix work is in the total', () => {
    const flops = flopsOf({ [op('ffma')]: 1, [op('fadd')]: 0, [op('fmul')]: 0, [tensor('src_fp8')]: 1e12 }, true)
    expect(flops).toMatchObject({ total: 1e12 + 2 })
  })
})

test('intensity: lower where operations lack, upper where bytes lack, none where both do', () => {
  const bytes = { 'dram__bytes_read.sum': 4 }
  expect(workOf({ [op('ffma')]: 4, 'dram__bytes.sum': 4 }).intensity).toEqual({ flopsPerByte: 2, bound: 'lower' })
  expect(workOf({ [op('ffma')]: 4, ...bytes }).intensity).toBeUndefined()
  expect(workOf({ [op('ffma')]: 4, [op('fadd')]: 0, [op('fmul')]: 0, ...bytes }).intensity).toEqual({ flopsPerByte: 2, bound: 'upper' })
  expect(workOf({ [op('ffma')]: 4, 'dram__bytes.sum': 0 }).intensity).toBeUndefined()
})
