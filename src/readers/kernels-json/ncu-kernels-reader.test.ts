/** ncu_kernels.json read back: what was written is what is read, and null stays null. */
import { expect, test } from 'vitest'
import { summarizeCounters } from '#analysis/kernel-counters/summarize.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { readText } from '../../../tests/support/read-text.ts'
import { parseNcuKernelsJson } from './ncu-kernels-reader.ts'

const families = loadFamilyRules('configs')

const row = {
  name: 'gemm',
  name_full: 'void gemm<1>(int)',
  category: 'cuBLAS',
  kernel_time_ns: 9408,
  dram_bytes_total: 4e7,
  sm_flops_total: 2e9,
  tensor_flops_total: null,
  arithmetic_intensity_flops_per_byte: 50,
  achieved_dram_pct_peak: 61.5,
  achieved_sm_pct_peak: 23.6,
  achieved_occupancy_pct: 15.5,
  block_limit_factor: 'registers+shared_mem',
  achieved_tflops: 212.6,
}
const artifact = { schema_version: 1 as const, captured_sources: ['ncu'], hw_key: 'b200_sm100', kernels: [row] }

test('round trip, and fields that others leave out are null', () => {
  expect(parseNcuKernelsJson(JSON.stringify(artifact), 'f')).toEqual({ artifact, rowsLost: 0 })
  const { kernels } = parseNcuKernelsJson(JSON.stringify({ kernels: [{ name: 'k', kernel_time_ns: 5 }, { name: 7 }, null] }), 'f').artifact
  expect(kernels).toEqual([
    { ...Object.fromEntries(Object.keys(row).map((key) => [key, null])), name: 'k', name_full: 'k', category: '', kernel_time_ns: 5 },
  ])
})

test('what it counted is read as counters; operations of unknown type feed no roofline', async () => {
  const { kind, capture, losses } = await readText(JSON.stringify(artifact))
  expect([kind, losses]).toEqual(['ncu-kernels-json', []])
  const { kernels, results } = summarizeCounters(capture, losses, families)
  expect(kernels[0]).toMatchObject({
    name: 'void gemm<1>(int)',
    totalNs: 9408,
    dram: { totalBytes: 4e7 },
    achievedOccupancyRatio: 0.155,
    flops: { state: 'unknown' },
    achievedDramBytesPerSecond: 4e7 / 9.408e-6,
  })
  expect(results[0]?.metrics['sm_flops_total']).toBe(2e9)
  expect(results[0]?.metrics['tensor_flops_total']).toBeUndefined()
})

test('trap D22: an empty list is no evidence; damage and newer files say what to do', async () => {
  const empty = '{"schema_version": 1, "kernels": [], "note": "kernel_time_ns"}'
  await expect(readText(empty.replace('"note"', '"dram_bytes_total"'))).rejects.toThrow(/names no kernel/)
  expect(() => parseNcuKernelsJson('{"schema_version": 2, "kernels": []}', 'f')).toThrow(/schema_version 2/)
  expect(() => parseNcuKernelsJson('{', 'f')).toThrow(/not whole JSON/)
  const { losses } = await readText(JSON.stringify({ ...artifact, kernels: [row, { ...row, kernel_time_ns: -1 }] }))
  expect(losses.map(({ code, count }) => [code, count])).toEqual([['damaged-rows', 1]])
})
