/** zymtrace bundles through the real pipeline: what is declared must be there, and shares stay shares. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KernelSummary } from '../src/formats/kernel-summary.ts'
import { kernelSummarySchema } from '../src/formats/kernel-summary.ts'
import { runInProcess } from './support/in-process.ts'
import { tables, writeBundle } from './support/zymtrace-bundle.ts'

let folder = ''
let made = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextant-zymtrace-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function bundle(...args: Parameters<typeof writeBundle> extends [string, ...infer Rest] ? Rest : never): string {
  made += 1
  return writeBundle(join(folder, `bundle-${made}`), ...args)
}

async function kernels(path: string, ...args: string[]): Promise<KernelSummary> {
  const run = await runInProcess(['kernels', path, '--json', '--no-cache', ...args])
  expect(run.stderr).toBe('')
  return kernelSummarySchema.parse(JSON.parse(run.stdout))
}

async function refusal(path: string, ...args: string[]): Promise<{ code: string; message: string; hint: string }> {
  const run = await runInProcess(['kernels', path, '--json', '--no-cache', ...args])
  expect(run.status, run.stdout).toBeGreaterThan(2)
  return JSON.parse(run.stdout).error
}

test('a bundle and its folder give the same shares, of all GPU samples, with what is not listed left out of no sum', async () => {
  const path = bundle()
  const whole = await kernels(path)
  expect({ ...(await kernels(join(path, 'zymtrace'))), sources: [] }).toEqual({ ...whole, sources: [] })
  expect(whole.source).toBe('samples')
  expect(whole.kernels[0]).toMatchObject({ samples: 3600, shareRatio: 3600 / 12_300, family: 'moe-gemm' })
  expect(whole.samples).toMatchObject({ rigor: 'L1', unit: 'samples', total: 12_300, totalFrom: 'event-kind', listed: 10_480, weak: false })
  expect(whole.families.reduce((sum, { samples = 0 }) => sum + samples, 0)).toBe(10_480)
  expect(whole.deviceNames).toEqual(['NVIDIA B200'])
  expect(whole.ceilingKey).toBe('b200_hgx')
  expect(whole.next?.lever).toContain('ncu --set full')
  expect(whole.samples?.gpus.map(({ uuid }) => uuid)).toEqual(['GPU-aaaa', 'GPU-bbbb'])
})

test('trap E18: a declared table that is missing, empty or header-only is a loud error, never 0 %', async () => {
  for (const [text, state] of [
    [undefined, 'is missing'],
    ['', 'is empty'],
    ['kernel\tsamples\n', 'is header-only'],
  ] as const) {
    for (const path of [bundle({ 'top-gpu-frames.tsv': text }), join(bundle({ 'top-gpu-frames.tsv': text }), 'zymtrace')]) {
      const error = await refusal(path)
      expect(error.code).toBe('missing_data')
      expect(error.message).toContain(`top-gpu-frames.tsv ${state}`)
      expect(error.message).toContain('ingest lag')
    }
  }
  const flat = join(bundle({ 'per-gpu.tsv': undefined }, null), 'zymtrace')
  writeFileSync(join(flat, 'capture_sources.json'), '{"captured_sources": ["zymtrace"]}')
  expect((await refusal(flat)).message, 'a declaration beside the tables counts too').toMatch(/per-gpu\.tsv is missing/)
  const absent = join(folder, 'declared-only')
  mkdirSync(absent)
  writeFileSync(join(absent, 'capture_sources.json'), '{"captured_sources": ["nsys", "zymtrace"]}')
  expect((await refusal(absent)).message).toMatch(/per-gpu\.tsv is missing/)
  const analysis = JSON.parse((await runInProcess(['analyze', absent, '--json', '--no-cache'])).stdout)
  expect(JSON.stringify(analysis.refused ?? analysis.error), 'and analyze says it too').toContain('ingest lag')
})

test('trap E23: what to do about an empty result is wait and query again, before anything else', async () => {
  const { hint } = await refusal(bundle({ 'kernel-class.tsv': 'event_kind\tkind\tsamples\n' }))
  expect(hint).toMatch(/wait, then query the same window again/)
  expect(hint.indexOf('wait')).toBeLessThan(hint.indexOf('select by host'))
  expect(hint.indexOf('select by host')).toBeLessThan(hint.indexOf('gap'))
})

test('what is not declared may be absent: a reason, and no error', async () => {
  for (const declared of [undefined, ['nsys']]) {
    const path = join(
      bundle({ 'per-gpu.tsv': undefined, 'top-python-during-cuda.tsv': 'python_frame\tsamples\n' }, declared ?? null),
      'zymtrace',
    )
    if (declared === undefined) rmSync(join(path, '..', 'capture_sources.json'))
    const { losses, samples } = await kernels(path)
    expect(losses.map(({ what }) => what)).toEqual(['per-gpu.tsv is missing', 'top-python-during-cuda.tsv is header-only: it has no row'])
    expect(samples?.total).toBe(12_300)
    // Without kernels there is nothing to answer with, and the reason names the lag.
    const empty = join(bundle(Object.fromEntries(Object.keys(tables).map((name) => [name, undefined])), declared ?? []), 'zymtrace')
    writeFileSync(join(empty, 'top-gpu-frames.tsv'), 'kernel\tsamples\n')
    const run = await runInProcess(['analyze', empty, '--json', '--no-cache'])
    expect(run.status, run.stdout).toBe(0)
    expect((await refusal(empty)).message).toMatch(/header-only.*ingest lag/)
  }
})

test('a declaration that is none, a shifted row, a count that is none, a nameless category: each an error that names the place', async () => {
  const broken = bundle()
  writeFileSync(join(broken, 'capture_sources.json'), '{"captured_sources": [')
  expect((await refusal(broken)).message).toContain('it is not JSON')
  const cases: readonly [Record<string, string>, RegExp][] = [
    [{ 'per-gpu.tsv': 'gpu_name\tgpu_uuid\tsamples\nB200\t12\n' }, /per-gpu\.tsv line 2 has 2 cells, its header 3/],
    [{ 'top-gpu-frames.tsv': 'kernel\tsamples\na\t1\nb\t1.5\n' }, /top-gpu-frames\.tsv line 3: samples is no whole number/],
    [{ 'per-category.tsv': 'category\tsamples\n\t5\n' }, /category without a name/],
    [{ 'kernel-class.tsv': 'event_kind\tsamples\ncuda\t5\n' }, /no column kind/],
  ]
  for (const [changed, message] of cases) {
    const error = await refusal(bundle(changed))
    expect(error.message).toMatch(message)
    expect(error.code).toBe('corrupt_file')
  }
})

test('an unsymbolised frame is kept as one, with its samples', async () => {
  const { kernels: rows, samples } = await kernels(bundle())
  expect(rows.at(-1)).toMatchObject({ name: '<unresolved>', samples: 380, family: 'unknown' })
  expect(samples?.hostFramesUnderGpu.at(-1)).toMatchObject({ frame: '<unresolved>', samples: 120 })
})

test('trap E19: 300 samples are weak: an interval, not one decimal', async () => {
  const path = bundle({
    'kernel-class.tsv': 'event_kind\tkind\tsamples\ncuda\tcuda\t300\n',
    'top-gpu-frames.tsv': 'kernel\tsamples\nflash_fwd_kernel\t37\n',
    'per-gpu.tsv': 'gpu_name\tgpu_uuid\tsamples\nNVIDIA H100 80GB HBM3\tGPU-a\t300\n',
    'per-category.tsv': 'category\tsamples\nFMHA\t300\n',
  })
  const { kernels: rows, samples } = await kernels(path)
  expect(samples?.weak).toBe(true)
  expect(rows[0]?.shareLowRatio).toBeCloseTo(0.0908, 4)
  expect(rows[0]?.shareHighRatio).toBeCloseTo(0.1654, 4)
  const { stdout } = await runInProcess(['kernels', path, '--no-cache'])
  expect(stdout).toContain('9 to 17 %')
  expect(stdout.split('By name')[1]?.split('\n')[2], 'no point estimate beside it').not.toContain('12.3')
})

test('trap E20: shares are of GPU samples; no time is printed or returned', async () => {
  const path = bundle()
  const answer = await kernels(path)
  expect(answer.totalNs).toBeUndefined()
  expect(answer.count).toBeUndefined()
  expect(JSON.stringify(answer)).not.toMatch(/Ns"/)
  expect(answer.samples?.meaning).toMatch(/no share of the step or of wall time/)
  const { stdout } = await runInProcess(['kernels', path, '--no-cache'])
  expect(stdout).toContain('share of GPU samples')
  expect(stdout).not.toMatch(/\d (ns|us|ms|s)\b/)
  expect((await refusal(path, '--against', path)).message).toMatch(/cannot be compared/)
  expect((await refusal(path, '--by-nvtx')).code).toBe('missing_data')
})

test('trap E21: flash_fwd, FP8 BMM and cutlass have families; what has none is printed', async () => {
  const { kernels: rows, unknownFamilyRatio } = await kernels(bundle())
  const unknown = rows.filter(({ family }) => family === 'unknown').map(({ name }) => name)
  expect(unknown).toEqual(['<unresolved>'])
  expect(unknownFamilyRatio).toBeCloseTo(380 / 10_480, 6)
})

test('trap E22: a kernel has one family, whichever source it comes from', async () => {
  const rows = (await kernels(bundle())).kernels.filter(({ name }) => name !== '<unresolved>')
  const csv = ['Time (%),Total Time (ns),Instances,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Name']
  for (const { name } of rows) csv.push(`1.0,1000,1,1000.0,1000.0,1000,1000,0.0,"${name}"`)
  const path = join(folder, 'cuda_gpu_kern_sum.csv')
  writeFileSync(path, `${csv.join('\n')}\n`)
  const fromNsys = new Map((await kernels(path)).kernels.map(({ name, family }) => [name, family]))
  expect(fromNsys.size).toBe(rows.length)
  for (const { name, family } of rows) expect(fromNsys.get(name), name).toBe(family)
})

test('kernel classes and busy-wait in the field’s own buckets, with the remainder', async () => {
  const cpu =
    'py_file\tfunction\tsamples\nvllm/distributed/device_communicators/shm_broadcast.py\tacquire_read\t900\nvllm/utils.py\tsched_yield\t100\nvllm/utils.py\tother\t500\nmodel.py\tforward\t2500\n'
  const { samples } = await kernels(bundle({ 'top-cpu-frames.tsv': cpu }))
  expect(samples?.kernelClassGpuPct['fp8_bmm']).toBeCloseTo((100 * 3600) / 12_300, 6)
  expect(samples?.kernelClassGpuPct['tp_all_reduce']).toBeCloseTo((100 * 1500) / 12_300, 6)
  const named = Object.values(samples?.kernelClassGpuPct ?? {}).reduce((sum, pct) => sum + pct, 0)
  expect(named + (samples?.kernelClassRemainderPct ?? 0)).toBeCloseTo(100, 6)
  expect(samples?.cpuSpinpollPct).toBe(25)
  expect((await kernels(bundle())).samples?.cpuSpinpollPct, 'frames under GPU samples are not the CPU view').toBeUndefined()
})

test('tables of one query that disagree are said', async () => {
  const { samples } = await kernels(bundle({ 'per-category.tsv': 'category\tsamples\nNCCL\t2300\n' }))
  expect(samples?.contradictions).toEqual(['categories sum to 2300 samples, GPU samples to 12300'])
})

test('saved responses: rows as objects or arrays, counts as strings, in a folder or alone', async () => {
  const objects = {
    meta: [{ name: 'kernel', type: 'String' }],
    data: [{ event_kind: 'cuda', kernel: 'flash_fwd_kernel', samples: '1500' }],
    rows: 1,
  }
  const arrays = {
    meta: [{ name: 'event_kind' }, { name: 'py_file' }, { name: 'function' }, { name: 'samples' }],
    data: [
      ['on_cpu', 'a/shm_broadcast.py', 'acquire_read', 30],
      ['on_cpu', 'm.py', 'f', 70],
      ['cuda', '', 'g', 5],
    ],
  }
  const alone = join(folder, 'response.json')
  writeFileSync(alone, JSON.stringify(objects))
  expect((await kernels(alone)).kernels).toEqual([expect.objectContaining({ name: 'flash_fwd_kernel', samples: 1500, shareRatio: 1 })])
  const query = join(folder, 'query')
  mkdirSync(query)
  writeFileSync(join(query, 'query.sql'), 'SELECT 1')
  writeFileSync(
    join(query, 'response.json'),
    JSON.stringify([...objects.data, { event_kind: 'on_cpu', py_file: 'x/shm_broadcast.py', function: 'wait', samples: 1 }]),
  )
  expect((await kernels(query)).samples).toMatchObject({ cpuSpinpollPct: 100 })
  writeFileSync(join(query, 'response.json'), JSON.stringify(arrays))
  expect((await refusal(query)).message, 'no kernel in it').toMatch(/holds no kernel/)
  writeFileSync(join(query, 'response.json'), JSON.stringify({ meta: [{ name: 'kernel' }, { name: 'samples' }], data: [] }))
  expect((await refusal(query)).message).toMatch(/no row.*ingest lag/)
})

test('analyze walks into a bundle and finds its samples beside the other captures', async () => {
  const path = bundle()
  const { files, refused } = JSON.parse((await runInProcess(['analyze', path, '--json', '--no-cache'])).stdout)
  expect(files.map(({ kind }: { kind: string }) => kind)).toEqual(['zymtrace'])
  expect(files[0].kernelTime, 'no time from samples').toBeUndefined()
  expect(refused, 'the declaration is no capture, and no failure').toEqual([])
  const question = files[0].questions.find((each: { question: string }) => each.question === 'kernel-time')
  expect(question).toMatchObject({ answerable: 'unknown', reason: expect.stringContaining('share') })
  expect(files[0].next.do).toContain('sextant kernels')
})

for (const command of ['timeline', 'decode-budget', 'gates']) {
  test(`${command} of samples: an answer or a refusal, never a crash`, async () => {
    const run = await runInProcess([command, bundle(), '--json', '--no-cache'])
    expect(run.status, run.stderr).toBeLessThan(64)
  })
}
