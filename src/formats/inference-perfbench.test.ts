import { expect, test } from 'vitest'
import { type InferencePerfbench, inferencePerfbenchSchema, perfbenchText } from './inference-perfbench.ts'

const document: InferencePerfbench = {
  schema: 'inference_perfbench_v1',
  model: 'm',
  deployment: { tensor_parallel_size: 8, quantization: 'NVFP4', max_num_seqs: 256 },
  metrics: {
    16: {
      throughput_toks_per_s: 4100,
      ttft_p50_ms: 180,
      itl_p50_ms: null,
      errors: 0,
      novel_metric: { deep: [1, null] },
      runs: [
        { run: 'a', throughput_toks_per_s: 4050, node: 'n1' },
        { run: 'b', throughput_toks_per_s: 4150, node: 'n1' },
      ],
      definitions: { ttft_p50_ms: 'first-chunk' },
    },
  },
  kernel_class_gpu_pct: { tp_all_reduce: 10, fp8_bmm: null },
  cpu_spinpoll_pct: null,
  kernel_profile: { method: 'kubectl-debug-share-processes' },
}

test('what is written reads back equal, with unknown fields and nulls', () => {
  const text = perfbenchText(document)
  expect(inferencePerfbenchSchema.parse(JSON.parse(text))).toEqual(document)
  expect(perfbenchText(inferencePerfbenchSchema.parse(JSON.parse(text)))).toBe(text)
  expect(text.endsWith('}\n')).toBe(true)
})

test('another schema, a cell that is no concurrency and a negative figure are refused', () => {
  for (const wrong of [
    { ...document, schema: 'inference_perfbench_v2' },
    { ...document, metrics: { sixteen: {} } },
    { ...document, metrics: { 16: { throughput_toks_per_s: -1 } } },
    { ...document, cpu_spinpoll_pct: 101 },
    { ...document, metrics: { 16: { runs: [] } } },
  ])
    expect(inferencePerfbenchSchema.safeParse(wrong).success).toBe(false)
})
