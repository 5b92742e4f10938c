/** kernels.json: written from every source that knows kernels, read back equal, and read from the field's own files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fieldCategory } from '../src/analysis/field-categories.ts'
import { type KernelsJson, kernelsJsonSchema } from '../src/formats/kernels-json.ts'
import { ncuKernelsJsonSchema } from '../src/formats/ncu-kernels-json.ts'
import { checkoutRoot } from './support/checkout.ts'
import { runInProcess } from './support/in-process.ts'
import { writeBundle } from './support/zymtrace-bundle.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-kernels-json-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function exported(file: string, ...args: string[]): Promise<KernelsJson> {
  const run = await runInProcess(['export-kernels', file, '--json', '--no-cache', ...args])
  expect(run.stderr).toBe('')
  return kernelsJsonSchema.parse(JSON.parse(run.stdout).artifact)
}

async function kernels(file: string) {
  const run = await runInProcess(['kernels', file, '--json', '--no-cache'])
  expect(run.stderr).toBe('')
  return JSON.parse(run.stdout)
}

const sum = (rows: readonly { samples: number }[]): number => rows.reduce((total, { samples }) => total + samples, 0)
const capture = join(checkoutRoot, 'examples/decode-host-bound/glm51-decode-c1.sqlite')

test('from a timeline: nanoseconds, said so; categories and GPUs sum to the kernel time', async () => {
  const artifact = await exported(capture, '--top', '0')
  const { totalNs } = await kernels(capture)
  expect(artifact).toMatchObject({ schema_version: 1, captured_sources: ['nsys'], samples_unit: 'ns' })
  expect(sum(artifact.top_kernels)).toBe(totalNs)
  expect(Object.values(artifact.per_category).reduce((all, each) => all + each, 0)).toBe(totalNs)
  expect(sum(artifact.per_gpu)).toBe(totalNs)
  expect(artifact.per_gpu[0]?.gpu_name).toBe('NVIDIA B200')
  expect((await exported(capture, '--top', '2')).per_category, 'categories are over all kernels, listed or not').toEqual(
    artifact.per_category,
  )
})

test('written, read and written again: the same artifact, from nanoseconds and from samples', async () => {
  for (const [name, source] of [
    ['nsys', capture],
    ['zymtrace', writeBundle(join(folder, 'bundle'))],
  ] as const) {
    const path = join(folder, `${name}.json`)
    const first = await exported(source, '--out', path, '--top', '0')
    expect(kernelsJsonSchema.parse(JSON.parse(readFileSync(path, 'utf8')))).toEqual(first)
    const again = await exported(path, '--top', '0')
    expect({ ...again, captured_sources: [] }).toEqual({ ...first, captured_sources: [] })
    const { samples, kernels: rows } = await kernels(path)
    expect(samples).toMatchObject({ rigor: 'L1', unit: name === 'nsys' ? 'ns' : 'samples' })
    expect(rows[0].shareRatio).toBeCloseTo((rows[0].samples ?? 0) / samples.total, 9)
  }
})

test('files of other tools: the unit follows from the source, or is unknown and then not passed on', async () => {
  const path = join(folder, 'theirs.json')
  const write = (captured: string[], more: object = {}) =>
    writeFileSync(
      path,
      JSON.stringify({
        schema_version: 1,
        captured_sources: captured,
        top_kernels: [
          { name: 'flash_fwd_kernel', samples: 700, category: 'Other' },
          { name: '', samples: 300, category: null },
          { name: 'x' },
        ],
        per_gpu: [{ gpu_name: 'NVIDIA B200', gpu_uuid: null, samples: 2000 }],
        per_category: { Other: 2000 },
        ...more,
      }),
    )
  write(['zymtrace'])
  const read = await kernels(path)
  expect(read.samples).toMatchObject({ unit: 'samples', total: 2000, totalFrom: 'per-gpu', listed: 1000 })
  expect(read.kernels).toMatchObject([{ family: 'attention-flash', samples: 700, shareRatio: 0.35 }, { name: '<unresolved>' }])
  expect(read.losses).toEqual([expect.objectContaining({ code: 'rows-without-samples', count: 1 })])
  write(['nsys'])
  expect((await kernels(path)).samples.unit).toBe('ns')
  write(['nsys', 'zymtrace'])
  expect((await kernels(path)).samples.unit).toBe('unknown')
  expect((await runInProcess(['export-kernels', path, '--json', '--no-cache'])).status).toBe(23)
  write(['zymtrace'], { schema_version: 2 })
  expect((await runInProcess(['kernels', path, '--json', '--no-cache'])).stdout).toContain('newer_format')
})

test('trap D22: an empty list of kernels is no evidence', async () => {
  const path = join(folder, 'empty.json')
  writeFileSync(path, JSON.stringify({ schema_version: 1, captured_sources: ['nsys'], top_kernels: [], per_category: {} }))
  const run = await runInProcess(['kernels', path, '--json', '--no-cache'])
  expect(run.status).toBe(23)
  expect(run.stdout).toContain('no evidence')
})

test('the field’s categories follow from families; FP8 batched multiplication is not Other', () => {
  const of = (name: string, family: string, role: string) => fieldCategory({ name, family, role })
  expect(of('bmm_E2m1_E2m1E2m1_Fp32_t128', 'moe-gemm', 'moe')).toBe('BMM-NVFP4')
  expect(of('bmm_Bfloat16_E2m1E2m1_Fp32_t128', 'moe-gemm', 'moe')).toBe('BMM-NVFP4')
  expect(of('bmm_E4m3_E4m3E4m3_Fp32_t128', 'moe-gemm', 'moe')).toBe('BMM-FP8')
  expect(of('flash_fwd_kernel', 'attention-flash', 'attention')).toBe('FMHA')
  expect(of('triton_red_fused', 'inductor-fused', 'other')).toBe('Triton-fused')
  expect(of('cross_device_reduce_1stage', 'custom-allreduce', 'communication')).toBe('NCCL')
  expect(of('nvjet', 'gemm-cublas-16bit', 'gemm')).toBe('cuBLAS')
  expect(of('rms_norm_kernel', 'norm', 'norm')).toBe('Elementwise')
  expect(of('my_own_kernel', 'unknown', '')).toBe('Other')
})

test('ncu_kernels.json: counted work, scalar and tensor apart, null for what was not counted, never 0', async () => {
  const file = 'examples/ncu-decode-kernels/kernels-raw.csv'
  const run = await runInProcess(['export-kernels', file, '--json', '--no-cache'])
  const artifact = ncuKernelsJsonSchema.parse(JSON.parse(run.stdout).artifact)
  const { kernels: counted } = JSON.parse((await runInProcess(['ncu', file, '--json', '--no-cache'])).stdout)
  expect(artifact.kernels).toHaveLength(counted.length)
  for (const [index, row] of artifact.kernels.entries()) {
    const kernel = counted[index]
    expect(row.name_full).toBe(kernel.name)
    expect(row.dram_bytes_total).toBe(kernel.dram?.totalBytes ?? null)
    if (kernel.flops.state === 'unknown')
      expect([row.sm_flops_total, row.tensor_flops_total, row.achieved_tflops]).toEqual([null, null, null])
    else expect((row.sm_flops_total ?? 0) + (row.tensor_flops_total ?? 0)).toBeCloseTo(kernel.flops.total, 0)
  }
  expect(artifact.kernels.some(({ tensor_flops_total: flops }) => flops === null)).toBe(true)
})
