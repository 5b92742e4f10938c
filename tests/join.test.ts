/** Joins over real captures and over the generator's, whose clocks and ranks are known. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { buildJoinReport } from '#analysis/joins/join-report.ts'
import { joinKernels } from '#analysis/joins/kernel-join.ts'
import { kernelSide } from '#analysis/joins/kernel-parts.ts'
import type { JoinAnswer, JoinPair, JoinReport } from '#formats/join.ts'
import { joinSchema } from '#formats/join.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import { joinNeeds, joinSourceOf } from '#pipeline/join-question.ts'
import { openCapture } from '#pipeline/open-capture.ts'
import { Study } from '#pipeline/study.ts'
import { writeCase } from '#sim/write-case.ts'
import { checkoutRoot } from './support/checkout.ts'
import { askInProcess } from './support/in-process.ts'
import { listShared, sharedDataAbsent, sharedDataRoot } from './support/shared-data.ts'
import { writeBundle } from './support/zymtrace-bundle.ts'

const folder = mkdtempSync(join(tmpdir(), 'sextant-join-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const rules = loadFamilyRules(join(checkoutRoot, 'configs'))
const absent = sharedDataRoot === undefined ? ` (SKIPPED: ${sharedDataAbsent})` : ''
const shared = (path: string): string => join(sharedDataRoot ?? '', path)

async function related(...paths: string[]): Promise<JoinReport> {
  const report = (await askInProcess(['join', ...paths, '--json'])) as JoinReport
  expect(joinSchema.strict().safeParse(report).error).toBeUndefined()
  return report
}

async function pairOf(a: string, b: string): Promise<JoinPair> {
  const [pair] = (await related(a, b)).pairs
  if (pair === undefined) throw new Error('two captures are one pair')
  return pair
}

const answer = (pair: JoinPair, question: JoinAnswer['question']): JoinAnswer | undefined =>
  pair.answers.find((each) => each.question === question)

test.skipIf(sharedDataRoot === undefined)(
  `every real capture joined with itself: all of it, at its top level; renamed, at the next${absent}`,
  async () => {
    let asked = 0
    for (const path of ['nsys-sqlite', 'nsys-parquetdir', 'kineto', 'ncu-rep', 'ncu-csv'].flatMap(listShared)) {
      const { capture } = await openCapture(path, { needs: ['geometry'] })
      const parts = kernelSide(capture, rules)?.parts ?? []
      if (parts.length === 0) continue
      asked += 1
      const { matches, unmatchedLeft } = joinKernels(parts, parts)
      const named = parts.filter(({ name }) => name !== '')
      expect(unmatchedLeft.length, basename(path)).toBe(parts.length - named.length)
      for (const match of matches) expect(match.state, basename(path)).toBe('matched')
      for (const { level, left } of matches) {
        const hasSymbol = left.every((at) => parts[at]?.mangledName !== undefined || parts[at]?.name.startsWith('_Z') === true)
        expect(level, basename(path)).toBe(hasSymbol ? 'mangled' : 'demangled')
      }
      // Another build gives unnamed namespaces other hashes: symbols differ, names do not.
      const rebuilt = parts.map((part) => ({ ...part, mangledName: `${part.mangledName ?? part.name}_GLOBAL__N_2` }))
      const again = joinKernels(
        parts.map((part) => ({ ...part, mangledName: `${part.mangledName ?? part.name}_GLOBAL__N_1` })),
        rebuilt,
      )
      const carried = again.matches.filter(({ state, level }) => state === 'matched' && level === 'demangled').flatMap(({ left }) => left)
      expect(carried.length / named.length, basename(path)).toBeGreaterThan(0.99)
    }
    expect(asked).toBeGreaterThan(20)
  },
)

test.skipIf(sharedDataRoot === undefined)(
  `nsys and ncu of one workload join by name, with every launch’s shape counted${absent}`,
  async () => {
    const pair = await pairOf(
      shared('nsys-sqlite/extra-p-extrap__ex-gpu.s1000.sqlite'),
      shared('ncu-rep/extra-p-extrap__ex-gpu.s1000.ncu-rep'),
    )
    expect(pair.relation.kind).toBe('two-runs')
    expect(pair.kernels?.left).toMatchObject({
      total: { rows: 6, timeNs: 177_665 },
      carried: { rows: 6, timeNs: 177_665 },
      unmatched: { rows: 0 },
    })
    expect(pair.kernels?.left.byLevel).toEqual([expect.objectContaining({ level: 'demangled', rows: 6 })])
    expect(answer(pair, 'roofs')).toMatchObject({ state: 'joined' })
    // Two runs under two profilers: no clock in common, and none is made up.
    expect(pair.time).toMatchObject({ state: 'unknown' })
    expect(pair.time).not.toHaveProperty('shiftNs')
  },
)

test.skipIf(sharedDataRoot === undefined)(
  `captures of different work are flagged, and their figures are not set side by side${absent}`,
  async () => {
    const pair = await pairOf(shared('nsys-sqlite/NVIDIA-Fuser__report1.sqlite'), shared('kineto/AMD-AGI-TraceLens__eager_trace.json.gz'))
    expect(pair.relation.kind).toBe('little-in-common')
    expect(pair.context).toMatchObject({ state: 'different', differences: [expect.stringMatching(/H200.*B200/)] })
    expect(answer(pair, 'launches')?.state).toBe('refused')
    expect(answer(pair, 'per-step')).toBeUndefined()
  },
)

test('one recording, given twice: launches pair by time, kernel and device, all of them', async () => {
  const { files } = await writeCase('jitter', 5, join(folder, 'twice'))
  const path = files[0] ?? ''
  const opened = await openCapture(path, { needs: joinNeeds })
  const [one, other] = ['a', 'b'].map((name) => joinSourceOf(new Study(opened, rules), name, opened.sha256))
  if (one === undefined || other === undefined) throw new Error('two sources')
  const [pair] = buildJoinReport([one, other]).pairs
  const kernels = opened.capture.timeline?.kernels.length ?? 0
  expect(pair?.relation.kind).toBe('one-recording')
  expect(pair?.launches).toEqual({
    left: { matched: kernels, ambiguous: 0, unmatched: 0 },
    right: { matched: kernels, ambiguous: 0, unmatched: 0 },
  })
  expect(pair?.kernels?.left.unmatched.rows).toBe(0)
})

test('ranks of one job: clocks are compared at their collectives, and the known error of the clock is found within its stated error', async () => {
  let found = 0
  for (const seed of [1, 2, 3]) {
    const { files, truth } = await writeCase('three-ranks-straggler', seed, join(folder, `ranks-${seed}`))
    expect(files.length).toBeGreaterThan(1)
    const { pairs, captures } = await related(...files.slice(0, 2))
    const [pair] = pairs
    expect(pair?.relation.kind, `seed ${seed}`).toBe('ranks-of-one-job')
    expect(pair?.time.errorFrom).toBe('collectives')
    const [a, b] = truth.files
    if (pair === undefined || a === undefined || b === undefined) throw new Error('two ranks')
    const byOrigins = Number(BigInt(b.originNs) - BigInt(a.originNs))
    // The right clock reads `clockErrorNs` more than true time, so its stated origin does too.
    const trueShift = byOrigins - (b.clockErrorNs - a.clockErrorNs)
    const errorNs = pair.time.errorNs ?? 0
    expect(errorNs).toBeLessThan(100_000)
    expect(Math.abs((pair.time.shiftNs ?? 0) - trueShift), `seed ${seed}`).toBeLessThanOrEqual(3 * errorNs + 1000)
    expect(answer(pair, 'ranks')?.state).toBe('joined')
    expect(captures[0]?.kernels?.counts).toBe('launches')
    found += 1
  }
  expect(found).toBe(3)
})

test('two runs of one loop are no ranks, however well an offset fits', async () => {
  const first = await writeCase('three-ranks-straggler', 1, join(folder, 'run-1'))
  const second = await writeCase('three-ranks-straggler', 2, join(folder, 'run-2'), { change: { name: 'again' } })
  const pair = await pairOf(first.files[0] ?? '', second.files[1] ?? '')
  expect(pair.relation.kind).not.toBe('ranks-of-one-job')
  expect(answer(pair, 'ranks')).toMatchObject({ state: 'refused' })
  expect(answer(pair, 'launches')).toMatchObject({ state: 'refused' })
})

test('trap E22: samples and a timeline meet in one family, whatever either calls the kernel; a frame without a name meets nothing', async () => {
  const bundle = writeBundle(join(folder, 'bundle'))
  const { pairs, captures } = await related(join(checkoutRoot, 'examples/decode-host-bound/glm51-decode-c1.sqlite'), bundle)
  const [pair] = pairs
  const samples = captures[1]?.kernels
  expect(samples).toMatchObject({ counts: 'samples' })
  expect(samples).not.toHaveProperty('timeNs')
  expect(pair?.kernels?.right.total.rows).toBe(samples?.rows)
  const { matched, ambiguous, unmatched, total } = pair?.kernels?.right ?? {}
  expect((matched?.rows ?? 0) + (ambiguous?.rows ?? 0) + (unmatched?.rows ?? 0)).toBe(total?.rows)
  expect(unmatched?.rows).toBeGreaterThanOrEqual(380)
  const share = pair?.shares?.find(({ family }) => family === 'nccl')
  expect(share?.leftRatio).toBeGreaterThan(0)
  expect(share?.rightRatio).toBeGreaterThan(0)
})

test('one capture relates to none; what knows no kernels is said', async () => {
  await expect(askInProcess(['join', 'examples/ncu-decode-kernels/kernels-raw.csv', '--json'])).rejects.toThrow(/two captures or more/)
  const metrics = join(folder, 'dump.prom')
  writeFileSync(
    metrics,
    'DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-EC1F7CC3-866e-5911-5a62-0b56f612a301",Hostname="n1",modelName="NVIDIA B200"} 0.5\n',
  )
  const pair = await pairOf(join(checkoutRoot, 'examples/decode-host-bound/glm51-decode-c1.sqlite'), metrics)
  expect(answer(pair, 'kernels')).toMatchObject({ state: 'refused', reason: expect.stringContaining('dump.prom knows no kernels') })
  expect(pair.devices.matched).toEqual([{ left: 0, right: 0, by: 'uuid' }])
  expect(pair.relation).toMatchObject({ kind: 'unknown' })
})
