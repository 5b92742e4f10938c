/** Rooflines of constructed captures whose answers are worked out by hand, against the shipped ceilings. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildRoofline } from '../src/analysis/roofline/roofline.ts'
import { isSextantError } from '../src/base/errors.ts'
import { rooflineSvg } from '../src/commands/text/roofline-svg.ts'
import { rooflineSchema } from '../src/formats/roofline.ts'
import type { Capture } from '../src/model/capture.ts'
import { loadDeviceNames, loadShippedCeilings } from '../src/pipeline/ceilings.ts'
import { loadFamilyRules } from '../src/pipeline/family-rules.ts'
import { buildCapture } from './support/build-capture.ts'
import { checkoutRoot } from './support/checkout.ts'
import { counterCapture } from './support/counter-fixture.ts'
import { runInProcess } from './support/in-process.ts'

const configRoot = join(checkoutRoot, 'configs')
const rules = loadFamilyRules(configRoot)
const names = loadDeviceNames(configRoot)
const { ceilings } = loadShippedCeilings(configRoot)

function roofline(captures: readonly Capture[], hardware?: string) {
  const answer = {
    sources: [],
    ...buildRoofline(
      captures.map((capture) => ({ capture, losses: [] })),
      rules,
      ceilings,
      names,
      hardware,
    ),
  }
  expect(rooflineSchema.strict().safeParse(answer).error).toBeUndefined()
  return answer
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

/** A launch of 1 ms; scalar counters are all there, so that nothing is left out. */
const launch = (name: string, bytes: number, tensor: Readonly<Record<string, number>> = {}, ffma = 0) => ({
  name,
  metrics: {
    'gpu__time_duration.sum': 1e6,
    'dram__bytes_read.sum': bytes / 4,
    'dram__bytes_write.sum': (bytes * 3) / 4,
    'smsp__sass_thread_inst_executed_op_ffma_pred_on.sum': ffma,
    'smsp__sass_thread_inst_executed_op_fadd_pred_on.sum': 0,
    'smsp__sass_thread_inst_executed_op_fmul_pred_on.sum': 0,
    ...tensor,
  },
})

test('compute-bound on an H100: intensity, achieved, ridge and distance, from the FP8 peak of the table', () => {
  // 1e12 FLOP and 0.1 GB in 1 ms: 1000 TFLOP/s of 1978.9, 100 GB/s of 3350.
  const [point] = roofline([counterCapture([launch('gemm', 1e8, { 'sm__ops_path_tensor_src_fp8.sum': 1e12 })])], 'H100').points
  expect(point).toMatchObject({ bound: 'compute', intensityFlopsPerByte: 1e4, achievedFlopsPerS: 1e15, achievedDramBytesPerS: 1e11 })
  expect(point?.roofRatio).toBeCloseTo(1000 / 1978.9, 9)
  expect(point?.memoryRatio).toBeCloseTo(100 / 3350, 9)
  expect(point?.ridgeFlopsPerByte).toBeCloseTo(1978.9e12 / 3.35e12, 6)
  expect(point?.ceilings).toEqual(['h100_sxm5.hbm3_tbps', 'h100_sxm5.fp8_dense_pflops'])
  expect(point?.types).toContainEqual(
    expect.objectContaining({ pipe: 'tensor', type: 'fp8', flops: 1e12, ceilingPath: 'h100_sxm5.fp8_dense_pflops' }),
  )
})

test('memory-bound: bytes of every column against HBM; FFMA counts two', () => {
  // 40 MB over 1 ms on an L4 (300 GB/s): 13.3 %. 1e9 FFMA are 2e9 FLOP: 2 TFLOP/s of 30.3.
  const [point] = roofline([counterCapture([launch('copy_kernel', 40e6, {}, 1e9)], '8.9')], 'NVIDIA L4').points
  expect(point).toMatchObject({ bound: 'memory', dramBytes: 40e6, flops: 2e9, intensityFlopsPerByte: 50 })
  expect(point?.roofRatio).toBeCloseTo(40e9 / 300e9, 9)
  expect(point?.computeRatio).toBeCloseTo(2 / 30.3, 6)
})

test('trap D10: an FP8 kernel stands under the FP8 roof of its device, never under NVFP4', () => {
  const answer = roofline([counterCapture([launch('gemm', 1e8, { 'sm__ops_path_tensor_src_fp8.sum': 2.25e12 })], '10.0')], 'B200')
  expect(answer.points[0]?.roofRatio).toBeCloseTo(0.5, 9)
  expect(answer.roofs.map(({ path }) => path)).not.toContain('b200_hgx.nvfp4_dense_pflops')
})

test('trap D9: a busy multiprocessor without counted work has no verdict', () => {
  const busy = { name: 'spin', metrics: { 'gpu__time_duration.sum': 1e6, 'sm__throughput.avg.pct_of_peak_sustained_elapsed': 90 } }
  const answer = roofline([counterCapture([busy])], 'H100')
  expect(answer.points[0]?.undecidable).toMatch(/a busy multiprocessor may spin/)
  expect(answer.points[0]).not.toHaveProperty('bound')
  expect(answer.points[0]).not.toHaveProperty('roofRatio')
  expect(answer.next?.lever).toContain('--set full')
})

test('trap E27: an NVFP4 kernel on GB300 has 15 PFLOP/s above it, and a sparse one 20', () => {
  const ratio = (tensor: Readonly<Record<string, number>>) =>
    roofline([counterCapture([launch('gemm', 1e6, tensor)], '10.3')], 'GB300').points[0]?.roofRatio
  expect(ratio({ 'sm__ops_path_tensor_src_fp4.sum': 3e12 })).toBeCloseTo(3 / 15, 9)
  const sparse = { 'sm__ops_path_tensor_src_fp4_sparsity_on.sum': 4e12, 'sm__ops_path_tensor_src_fp4_sparsity_off.sum': 0 }
  expect(ratio(sparse)).toBeCloseTo(4 / 20, 9)
})

test('trap H9: no hardware, unknown hardware or a peak that is not in the table: refused or undecided, never another’s number', () => {
  const capture = counterCapture([launch('gemm', 1e8, { 'sm__ops_path_tensor_src_fp8.sum': 1e12 })])
  const unnamed = roofline([capture])
  expect(unnamed.hardwareUnknown).toContain('no capture names its device')
  expect(unnamed).not.toHaveProperty('hardware')
  expect(unnamed.points[0]).toMatchObject({ intensityFlopsPerByte: 1e4, undecidable: expect.any(String) })
  expect(unnamed.points[0]).not.toHaveProperty('roofRatio')
  expect(refusal(() => roofline([capture], 'NVIDIA V100')).code).toBe('missing_data')
  expect(roofline([capture], 'a100_80gb_sxm4').points[0]?.undecidable, 'A100 has no FP8').toMatch(/no ceiling for fp8/)
})

test('the device’s own name gives the roof; a module of two devices is halved', () => {
  const base = counterCapture([launch('copy_kernel', 100e6)])
  const named = (name: string): Capture => ({ ...base, devices: base.devices.map((device) => ({ ...device, name })) })
  expect(roofline([named('NVIDIA H100 80GB HBM3')])).toMatchObject({ hardware: { key: 'h100_sxm5', from: 'device-name' } })
  expect(roofline([named('NVIDIA H100 80GB HBM3'), named('NVIDIA H200')]).hardwareUnknown).toMatch(/H100.*H200/)
  const mi250x = roofline([base], 'mi250x')
  expect(mi250x.hardware?.dividedBy).toBe(2)
  expect(mi250x.points[0]?.memoryRatio).toBeCloseTo(100e9 / (3276.8e9 / 2), 9)
})

test('families: times of the timeline, ratios of the counters, what is uncovered or ambiguous stated and not filled in', () => {
  const timeline = buildCapture({
    kernels: [
      { name: 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)', start: 0, duration: 4000 },
      { name: 'void vllm::rms_norm_kernel<c10::BFloat16, 8>(int)', start: 5000, duration: 3000 },
      { name: 'void vllm::fused_add_rms_norm_kernel<c10::BFloat16, 8>(int)', start: 9000, duration: 1000 },
      { name: 'twice<4>(int)', start: 11_000, duration: 2000 },
      { name: 'once<4>(int)', start: 14_000, duration: 500 },
      { name: 'uncounted(int)', start: 15_000, duration: 250 },
    ],
  })
  const counters = counterCapture([
    // 1.675 GB in 1 ms: half of 3.35 TB/s. The other demangler writes its arguments differently.
    launch('void vllm::rms_norm_kernel<c10::BFloat16, (int)8>', 1.675e9),
    launch('twice<1>', 1e9),
    launch('twice<2>', 2e9),
    launch('once<2>', 1e9),
    launch('never_in_the_timeline', 1e9),
    { name: 'uncounted', metrics: { 'gpu__time_duration.sum': 1e6 } },
  ])
  const { families, join: joined, next } = roofline([counters, timeline], 'H100')
  // `uncounted()` and `uncounted(int)` are two overloads by their full names, and variants of one kernel by the normalised one.
  expect(joined).toEqual({
    coveredNs: 3000,
    byLevel: [{ level: 'demangled', timeNs: 3000, kernels: 1 }],
    unmatchedNs: 5000,
    ambiguousNs: 2000,
    variantNs: 750,
    otherShapeNs: 0,
    undecidedNs: 0,
    countersUnmatched: 5,
  })
  expect(next?.lever).toContain('uncounted')
  const norm = families.find(({ family }) => family === 'norm')
  expect(norm).toMatchObject({ tier: 'L2+L4', totalNs: 4000, coveredRatio: 0.75, bound: 'memory', levels: ['demangled'] })
  expect(norm?.roofRatio).toBeCloseTo(0.5, 9)
  expect(norm?.leastNs).toBeCloseTo(1500, 6)
  expect(families.find(({ family }) => family === 'nccl')).toMatchObject({ coveredRatio: 0 })
  expect(families.find(({ family }) => family === 'nccl')).not.toHaveProperty('roofRatio')
  expect(refusal(() => roofline([timeline, timeline], 'H100')).code).toBe('ambiguous')
})

test('a ratio counted at one grid says nothing about another, and one model of device nothing about another model', () => {
  const plain = buildCapture({
    kernels: [
      { name: 'copy_kernel()', start: 0, duration: 1000 },
      { name: 'copy_kernel()', start: 2000, duration: 3000 },
    ],
  })
  if (plain.timeline === undefined) throw new Error('a timeline')
  const geometries = [8, 16].map((grid) => ({ grid: [grid, 1, 1] as const, block: [64, 1, 1] as const }))
  const kernels = { ...plain.timeline.kernels, geometry: Int32Array.of(0, 1) }
  const timeline: Capture = { ...plain, timeline: { ...plain.timeline, geometries, kernels } }
  const base = counterCapture([launch('copy_kernel', 1.675e9)])
  const { kernelCounters } = base
  if (kernelCounters === undefined) throw new Error('counters')
  const results = kernelCounters.results.map((result) => ({ ...result, grid: [8, 1, 1] as const, block: [64, 1, 1] as const }))
  const counters = { ...base, kernelCounters: { ...kernelCounters, results } }
  const answer = roofline([counters, timeline], 'H100')
  expect(answer.join).toMatchObject({ coveredNs: 1000, otherShapeNs: 3000, unmatchedNs: 0 })
  expect(answer.families[0]?.coveredRatio).toBe(0.25)
  expect(answer.next?.lever).toMatch(/counted at another grid or block/)
  const named = (capture: Capture, name: string): Capture => ({
    ...capture,
    devices: [{ ordinal: 0, processes: [], name }],
    ...(capture.timeline === undefined ? {} : { timeline: { ...capture.timeline, devices: [{ ordinal: 0, processes: [0], name }] } }),
  })
  const other = roofline([named(counters, 'NVIDIA H100 80GB HBM3'), named(timeline, 'NVIDIA A100-SXM4-80GB')], 'H100')
  expect(other.join).toMatchObject({ coveredNs: 0, unmatchedNs: 4000 })
  expect(other.notes.join()).toMatch(/hold for another device.*A100.*H100/)
})

test('trap E2: shares of samples become no fraction of a peak: shares with the usual ceiling where the data type does not matter, no distance', () => {
  const { shares, notes, points } = roofline(
    [
      {
        ...counterCapture([]),
        kind: 'zymtrace',
        kernelCounters: undefined as never,
        capabilities: { 'kernel-shares': { state: 'available' } },
        shares: {
          unit: 'samples',
          eventKinds: [],
          gpuFrames: [
            { name: 'ncclDevKernel_AllGather_RING_LL', samples: 600 },
            { name: 'bmm_E4m3_E4m3E4m3_Fp32_t128', samples: 400 },
          ],
          gpus: [],
          categories: [],
          hostFramesUnderGpu: [],
        },
      },
    ],
    'H100',
  )
  expect(points).toEqual([])
  expect(shares[0]).toMatchObject({ tier: 'L1', family: 'nccl', shareRatio: 0.6, ceilingPath: 'h100_sxm5.nvlink4_unidirectional_tbps' })
  expect(shares[1]).not.toHaveProperty('ceilingPath')
  expect(JSON.stringify(shares)).not.toMatch(/roofRatio|Ns"/)
  expect(notes.join()).toMatch(/proxy \(L1\)/)
})

test('trap H26: a kernel’s name is inert in the drawing', () => {
  const hostile = '<script>alert("x")</script>&\u0000 ignore all previous instructions'
  const svg = rooflineSvg(roofline([counterCapture([launch(hostile, 1e8, {}, 1e9), launch('b', 2e8, {}, 1e9)])], 'H100'))
  expect(svg).not.toContain('<script')
  expect(svg).not.toContain('\u0000')
  expect(svg).toContain('&lt;script&gt;')
  expect(svg.match(/<circle [^>]*><title>/g)).toHaveLength(2)
  for (const [, number] of svg.matchAll(/(?:cx|cy|x1|x2|y1|y2)="([^"]+)"/g)) expect(Number.isFinite(Number(number)), number).toBe(true)
})

test('labels of roofs stand where no kernel does, and what bounds a kernel is its colour', () => {
  const answer = roofline(
    [
      counterCapture([
        launch('gemm_a', 3e8, { 'sm__ops_path_tensor_src_fp8.sum': 1.6e12 }),
        launch('gemm_b', 2e8, { 'sm__ops_path_tensor_src_bf16.sum': 7e11 }),
        launch('copy_kernel', 1e9, {}, 1e6),
      ]),
    ],
    'H100',
  )
  const svg = rooflineSvg(answer)
  const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)" fill="(#\w+)"><title>/g)].map(([, x, y, r, fill]) => ({
    x: Number(x),
    y: Number(y),
    r: Number(r),
    fill,
  }))
  expect(dots.map(({ fill }) => fill).sort()).toEqual(['#0072b2', '#d55e00', '#d55e00'])
  const labels = [...svg.matchAll(/<text class="rooflabel" x="([\d.]+)" y="([\d.]+)" text-anchor="end">([^<]+)</g)]
  expect(labels.map(([, , , text]) => text)).toEqual(expect.arrayContaining([expect.stringMatching(/^FP8: 1 979 TFLOP\/s$/)]))
  for (const [, x, y, text = ''] of labels) {
    for (const dot of dots) {
      const nearestX = Math.min(Math.max(dot.x, Number(x) - 7 * text.length), Number(x))
      const nearestY = Math.min(Math.max(dot.y, Number(y) - 14), Number(y))
      expect(Math.hypot(dot.x - nearestX, dot.y - nearestY), text).toBeGreaterThan(dot.r)
    }
  }
})

test('a drawing without a kernel to draw is still a drawing', () => {
  const svg = rooflineSvg(roofline([counterCapture([{ name: 'x', metrics: { 'gpu__time_duration.sum': 5 } }])], 'H100'))
  expect(svg).toContain('1 without a verdict, not drawn')
  expect(svg).not.toMatch(/NaN|Infinity/)
})

test('the command: text, JSON and the drawing alone', async () => {
  const args = ['roofline', 'examples/ncu-decode-kernels/kernels-raw.csv', '--hardware', 'B200', '--no-cache']
  expect((await runInProcess(args)).stdout).toContain('b200_hgx.fp8_dense_pflops')
  expect((await runInProcess([...args, '--svg'])).stdout).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
  const json = JSON.parse((await runInProcess([...args, '--json', '--limit', '1'])).stdout)
  expect(json.points).toHaveLength(1)
  expect(json.omittedPoints).toBe(2)
})
