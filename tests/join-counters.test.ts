/** Timeline and counters of one simulated load: what joins, at which level, how near its roof, is the generator's truth, for any seed. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Random } from '#base/random.ts'
import type { JoinReport } from '#formats/join.ts'
import type { Roofline } from '#formats/roofline.ts'
import { type NcuFate, type NcuPlanOptions, spelled } from '#sim/ncu/write-ncu.ts'
import { writeCase } from '#sim/write-case.ts'
import { askInProcess } from './support/in-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'sextant-join-counters-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
/** SEXTANT_SEED repeats a failure. */
const seed = Number(process.env['SEXTANT_SEED'] ?? new Random(Date.now() % 2 ** 31, 'seed').integer(0, 2 ** 31))

/** 7.7 TB/s: `b200_hgx.hbm3e_tbps`. */
const plan = { dramBytesPerS: 7.7e12, device: 'NVIDIA B200', countedRatio: 0.5, otherShapeRatio: 0.25 }

for (const spelling of ['libiberty', 'edg', 'function'] as const) {
  test(`counters spelled by ${spelling} join with the timeline: covered, other shapes and uncounted time are the truth (seed ${seed})`, async () => {
    const options: NcuPlanOptions = { ...plan, spelling }
    const { files, ncu } = await writeCase('jitter', seed, join(folder, spelling), { ncu: options })
    const [timeline] = files
    if (ncu === undefined || timeline === undefined) throw new Error('a timeline and counters')
    const of = (fate: NcuFate) => ncu.truth.kernels.filter((kernel) => kernel.fate === fate)
    const timeOf = (fate: NcuFate) => of(fate).reduce((sum, { timeNs }) => sum + timeNs, 0)
    const roofline = (await askInProcess(['roofline', timeline, ncu.file, '--json', '--no-cache'])) as Roofline
    expect(roofline.hardware?.key).toBe('b200_hgx')
    const { join: joined, families } = roofline
    expect(joined?.coveredNs).toBeCloseTo(timeOf('counted'), 3)
    // A function's bare name with another grid names no kernel; a full name does, and a C name is full.
    const isFull = (name: string): boolean => spelling !== 'function' || spelled(name, 'function') === name
    const otherShapeNs = of('other-shape').reduce((sum, { name, timeNs }) => sum + (isFull(name) ? timeNs : 0), 0)
    expect(joined?.otherShapeNs).toBeCloseTo(otherShapeNs, 3)
    expect((joined?.unmatchedNs ?? 0) + (joined?.variantNs ?? 0) + (joined?.ambiguousNs ?? 0)).toBeCloseTo(
      timeOf('not-counted') + timeOf('other-shape') - otherShapeNs,
      3,
    )
    const levels = new Set(of('counted').map(({ name }) => (isFull(name) ? 'demangled' : 'short-name-and-shape')))
    expect(new Set(joined?.byLevel.map(({ level }) => level))).toEqual(levels)
    const leastNs = families.reduce((sum, { leastNs: least = 0 }) => sum + least, 0)
    const trueLeastNs = of('counted').reduce((sum, { timeNs, memoryRatio = 0 }) => sum + timeNs * memoryRatio, 0)
    // Six decimals of a megabyte and three of a microsecond.
    expect(leastNs).toBeGreaterThan(trueLeastNs * 0.999)
    expect(leastNs).toBeLessThan(trueLeastNs * 1.001 + 1)
  })
}

test('trap D20: a duration under replay is no time of a free run: the join carries ratios, and the times are the timeline’s', async () => {
  const { files, ncu } = await writeCase('jitter', seed, join(folder, 'times'), {
    ncu: { ...plan, spelling: 'libiberty', countedRatio: 1, otherShapeRatio: 0 },
  })
  const [timeline] = files
  if (ncu === undefined || timeline === undefined) throw new Error('a timeline and counters')
  const report = (await askInProcess(['join', timeline, ncu.file, '--json', '--no-cache'])) as JoinReport
  const [pair] = report.pairs
  expect(report.captures[1]?.kernels).toMatchObject({ counts: 'results' })
  expect(report.captures[1]?.kernels).not.toHaveProperty('timeNs')
  expect(pair?.kernels?.right.total).not.toHaveProperty('timeNs')
  expect(pair?.kernels?.left.total.timeNs).toBe(ncu.truth.kernels.reduce((sum, { timeNs }) => sum + timeNs, 0))
  expect(pair?.perStep).toBeUndefined()
  expect(JSON.stringify(pair?.answers)).not.toMatch(/regress|slower|faster/)
})
