import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildDecodeBudget, type DecodeBudgetOptions } from '#analysis/decode-budget.ts'
import type { Capture } from '#model/capture.ts'
import { loadFamilyRules } from '#pipeline/family-rules.ts'
import {
  buildCapture,
  type CallRow,
  type CaptureRows,
  type CopyRow,
  type KernelRow,
  type RangeRow,
} from '../../tests/support/build-capture.ts'
import { checkoutRoot } from '../../tests/support/checkout.ts'

const rules = loadFamilyRules(`${checkoutRoot}/configs`)
const GEMM = 'nvjet_sm100_tst_64x16_64x16_2x4_2cta_h_bz_splitK_TNT'
const ATTENTION = 'fmhaSm100fKernel_QkvE4m3OBfloat16HQk576HV512PagedKvMultiCtasKvForGen'
const SAMPLE = '_gumbel_sample_kernel'
const REDUCE = 'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)'
const GATHER = 'ncclDevKernel_AllGather_RING_LL(ncclDevKernelArgsStorage<4096ul>)'
const SCATTER = 'ncclDevKernel_ReduceScatter_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)'
const US = 1000
const MS = 1_000_000

interface Loop {
  readonly steps?: number
  /** Kernels of a step with their durations, back to back. */
  readonly kernels: readonly (readonly [string, number])[]
  readonly gapNs: number
  readonly device?: number
  readonly text?: (step: number) => string | undefined
  readonly startNs?: number
}

class Rows {
  readonly kernels: KernelRow[] = []
  readonly calls: CallRow[] = []
  readonly ranges: RangeRow[] = []
  readonly memsets: CopyRow[] = []
  readonly graphs: NonNullable<CaptureRows['graphs']>[number][] = []
  #correlation = 1

  launch(name: string, start: number, duration: number, more: Partial<KernelRow> = {}): number {
    const correlation = this.#correlation++
    this.kernels.push({ name, start, duration, correlation, ...more })
    this.calls.push({ start: start - 2 * US, duration: US, correlation })
    return start + duration
  }

  graph(start: number, duration: number, device = 0): void {
    const correlation = this.#correlation++
    this.graphs.push({ start, duration, graphId: 5, correlation, device })
    this.calls.push({ name: 'cudaGraphLaunch', start: start - 2 * US, duration: US, correlation })
  }

  /** Appends a decode loop; returns its end. */
  loop({ steps = 40, kernels, gapNs, device = 0, text, startNs = 10 * MS }: Loop): number {
    let at = startNs
    for (let step = 0; step < steps; step += 1) {
      const begin = at
      for (const [name, duration] of kernels) at = this.launch(name, at, duration, { device })
      const range = text?.(step)
      if (range !== undefined) this.ranges.push({ text: range, start: begin - 3 * US, duration: at - begin })
      at += gapNs
    }
    return at
  }

  capture(overrides: Partial<Capture> = {}, devices?: CaptureRows['devices']): Capture {
    const { kernels, calls, ranges, memsets, graphs } = this
    return buildCapture({ kernels, calls, ranges, memsets, graphs, ...(devices === undefined ? {} : { devices }) }, overrides)
  }
}

const budgetOf = (captures: Capture | readonly Capture[], options: DecodeBudgetOptions = {}) =>
  buildDecodeBudget(
    (Array.isArray(captures) ? (captures as readonly Capture[]) : [captures as Capture]).map((capture) => ({ capture, losses: [] })),
    rules,
    options,
  )
const looped = (loop: Loop) => {
  const rows = new Rows()
  rows.loop(loop)
  return rows.capture()
}
const decode = [
  [GEMM, 400 * US],
  [ATTENTION, 300 * US],
  [GEMM, 200 * US],
  [SAMPLE, 100 * US],
] as const
const twoDevices = [
  { ordinal: 0, uuid: 'a', processes: [0] },
  { ordinal: 1, uuid: 'b', processes: [0] },
]

test('trap A1: 98 % busy is kernel-bound, with the step found', () => {
  const { devices } = budgetOf(looped({ kernels: decode, gapNs: 20 * US }))
  expect(devices[0]).toMatchObject({ state: 'measured', steps: { count: 40, cadences: 39 }, verdict: { class: 'kernel-bound' } })
  expect(devices[0]?.cadenceNs?.medianNs).toBe(1_020_000)
})

test('trap A2: 1.5 ms gaps give the measured cadence', () => {
  const { devices } = budgetOf(looped({ kernels: decode, gapNs: 1.5 * MS }))
  expect(devices[0]).toMatchObject({
    cadenceNs: { medianNs: 2.5 * MS },
    hostGapNs: { medianNs: 1.5 * MS },
    verdict: { class: 'host-bound' },
  })
})

test('trap A3: 25 ms gaps are host-bound with a step of 25 ms and busy', () => {
  const { devices } = budgetOf(looped({ kernels: decode, gapNs: 25 * MS }))
  expect(devices[0]).toMatchObject({
    cadenceNs: { medianNs: 26 * MS },
    verdict: { class: 'host-bound' },
    next: { lever: expect.stringContaining('L02') },
  })
})

test('trap A4: only collectives is comm-bound, and one rank cannot prove it', () => {
  const budget = budgetOf(looped({ kernels: [[REDUCE, 900 * US], [REDUCE, 800 * US]], gapNs: 50 * US })) // biome-ignore format: a pair a line hides the step
  expect(budget.devices[0]?.verdict).toMatchObject({ class: 'comm-bound', largest: 'communication' })
  expect(budget.unknowns.map(({ code }) => code)).toContain('communication-unproven')
  expect(budget.next.lever).toContain('other ranks')
})

test('trap A5: all-gather and reduce-scatter are communication', () => {
  const { devices } = budgetOf(
    looped({
      kernels: [
        [GEMM, 200 * US],
        [GATHER, 700 * US],
        [SCATTER, 600 * US],
        [SAMPLE, 10 * US],
      ],
      gapNs: 50 * US,
    }),
  )
  expect(devices[0]?.communication?.unionNs.medianNs).toBe(1.3 * MS)
  expect(devices[0]?.verdict?.class).toBe('comm-bound')
})

test('trap A6: collectives that overlap on two streams count once', () => {
  const rows = new Rows()
  for (let step = 0; step < 30; step += 1) {
    const at = 10 * MS + step * 2 * MS
    rows.launch(GEMM, at, 100 * US)
    rows.launch(REDUCE, at + 100 * US, 600 * US)
    rows.launch(REDUCE, at + 300 * US, 600 * US, { stream: 23 })
    rows.launch(SAMPLE, at + 900 * US, 10 * US)
  }
  const [device] = budgetOf(rows.capture()).devices
  expect(device?.communication?.unionNs.medianNs).toBe(800 * US)
  expect(device?.communication?.ofBusyRatio).toBeLessThan(1)
})

test('trap A7: graph rows alone give busy time, and kernels are said to be unresolved', () => {
  const rows = new Rows()
  for (let step = 0; step < 30; step += 1) rows.graph(10 * MS + step * 10 * MS, 8 * MS)
  const budget = budgetOf(rows.capture())
  expect(budget.devices[0]).toMatchObject({ state: 'measured', steps: { count: 30 }, parts: { opaqueGraphNs: { medianNs: 8 * MS } } })
  expect(budget.devices[0]?.communication?.resolved).toBe('no')
  expect(budget.unknowns.map(({ code }) => code)).toContain('communication-in-graphs')
})

test('trap A8: a device that appears in graph rows only is judged too', () => {
  const rows = new Rows()
  rows.loop({ kernels: decode, gapNs: 9 * MS })
  for (let step = 0; step < 40; step += 1) rows.graph(10 * MS + step * 10 * MS, 9.5 * MS, 1)
  const { devices } = budgetOf(rows.capture({}, twoDevices))
  expect(devices.map(({ uuid, verdict }) => [uuid, verdict?.class])).toEqual([
    ['a', 'host-bound'],
    ['b', 'kernel-bound'],
  ])
})

test('trap A9: a step 12 % off the driver does not reconcile, and the ratio is printed', () => {
  const budget = budgetOf(looped({ kernels: decode, gapNs: 1.24 * MS }), { driverTpotNs: 2 * MS })
  expect(budget.devices[0]?.reconciliation).toMatchObject({ ratio: 1.12, reconciled: false, toleranceRatio: 0.1 })
  expect(budget.devices[0]?.verdict?.isSuspect).toBe(true)
  expect(budget.next.lever).toContain('new capture')
})

test('trap A10: every device is reconciled, and the spread is given', () => {
  const rows = new Rows()
  rows.loop({ kernels: decode, gapNs: 1 * MS })
  rows.loop({ kernels: decode, gapNs: 1.5 * MS, device: 1 })
  const budget = budgetOf(rows.capture({}, twoDevices), { driverTpotNs: 2 * MS })
  expect(budget.devices.map(({ reconciliation }) => reconciliation?.reconciled)).toEqual([true, false])
  expect(budget.overall).toMatchObject({ reconciledDevices: 1, cadenceSpreadRatio: 0.25 })
})

test('trap A11: two tokens a step, known from annotations, halve the cadence before it meets TPOT', () => {
  const rows = new Rows()
  rows.loop({ kernels: decode, gapNs: 3 * MS, text: () => 'execute_context_0(0)_generation_8(16)' })
  const [device] = budgetOf(rows.capture(), { driverTpotNs: 2.05 * MS }).devices
  expect(device?.reconciliation).toMatchObject({
    tokensPerStep: 2,
    tokensPerStepFrom: 'annotations',
    cadencePerTokenNs: 2 * MS,
    reconciled: true,
  })
})

test('trap A12: a step cut off at the end is left out and listed', () => {
  const rows = new Rows()
  const at = rows.loop({ kernels: decode, gapNs: 2 * MS, steps: 30 })
  rows.launch(GEMM, at, 400 * US)
  const [device] = budgetOf(rows.capture()).devices
  expect(device?.steps?.count).toBe(30)
  expect(device?.steps?.dropped).toMatchObject([{ reason: 'truncated-end', index: 30 }])
  expect(device?.cadenceNs?.meanNs).toBe(3 * MS)
})

test('trap A13: a prefill inside the window is a phase of its own', () => {
  const rows = new Rows()
  let at = rows.loop({ kernels: decode, gapNs: 2 * MS, steps: 20 })
  for (let part = 0; part < 12; part += 1) at = rows.launch('prefill_gemm_256x256', at, 900 * US)
  at = rows.launch(SAMPLE, at, 100 * US)
  rows.loop({ kernels: decode, gapNs: 2 * MS, steps: 20, startNs: at + 2 * MS })
  const [device] = budgetOf(rows.capture()).devices
  expect(device?.steps?.phases).toMatchObject([
    { phase: 'prefill', inferred: true, count: 1 },
    { phase: 'decode', inferred: true, count: 40 },
  ])
  expect(device?.cadenceNs?.p99Ns).toBe(3 * MS)
})

test('trap A14: a memset between kernels is not idle time', () => {
  const rows = new Rows()
  rows.loop({ kernels: decode, gapNs: 2 * MS, steps: 30 })
  const [without] = budgetOf(rows.capture()).devices
  for (let step = 0; step < 30; step += 1) rows.memsets.push({ start: 10 * MS + step * 3 * MS + MS, duration: 500 * US })
  const [device] = budgetOf(rows.capture()).devices
  expect((without?.hostGapNs?.medianNs ?? 0) - (device?.hostGapNs?.medianNs ?? 0)).toBe(500 * US)
  expect(device?.parts?.copyExposedNs.medianNs).toBe(500 * US)
})

test('trap A15: eight devices of one trace are eight timelines', () => {
  const rows = new Rows()
  for (let device = 0; device < 8; device += 1) rows.loop({ kernels: decode, gapNs: 2 * MS, device, startNs: 10 * MS + device * 400 * US })
  const devices = Array.from({ length: 8 }, (_, ordinal) => ({ ordinal, processes: [0] }))
  const budget = budgetOf(rows.capture({ kind: 'kineto' }, devices))
  expect(budget.devices.map(({ hostGapNs }) => hostGapNs?.medianNs)).toEqual(Array(8).fill(2 * MS))
})

test('trap A16: a framework-profiler trace gives no busy share, and does give the host gap', () => {
  const rows = new Rows()
  rows.loop({ kernels: decode, gapNs: 4 * MS })
  const budget = budgetOf(rows.capture({ kind: 'kineto' }))
  expect(budget.devices[0]?.busyRatio).toBeUndefined()
  expect(budget.devices[0]).toMatchObject({ distortedBusyRatio: 0.2, hostGapNs: { medianNs: 4 * MS } })
  expect(budget.unknowns.map(({ code }) => code)).toContain('busy-share-distorted')
})

test('trap A17: busy time is per step, and n steps have n - 1 cadences', () => {
  const rows = new Rows()
  let at = 10 * MS
  for (let step = 0; step < 41; step += 1)
    at = rows.loop({ kernels: decode, gapNs: (step % 2 === 0 ? 2.5 : 3.5) * MS, steps: 1, startNs: at })
  const [device] = budgetOf(rows.capture()).devices
  expect(device?.steps).toMatchObject({ count: 41, cadences: 40 })
  expect(device?.busyNs?.medianNs).toBe(1 * MS)
})

test('trap A18: loading and teardown are no denominator: the window of the steps is printed', () => {
  const rows = new Rows()
  rows.launch('fill_kernel', 1 * MS, 5 * MS)
  const end = rows.loop({ kernels: decode, gapNs: 1 * MS, startNs: 60_000 * MS })
  rows.launch('shutdown_kernel', end + 30_000 * MS, MS)
  const [device] = budgetOf(rows.capture()).devices
  expect(device?.window).toMatchObject({ fromNs: 60_000 * MS, toNs: 60_000 * MS + 39 * 2 * MS })
  expect(device?.window?.wholeSpanNs).toBeGreaterThan(89_000 * MS)
  expect(device?.busyRatio).toBe(0.5)
})

test('trap C3: a first collective that waits for a late profiler is removed and listed', () => {
  const rows = new Rows()
  rows.launch(GEMM, 10 * MS, 400 * US)
  const at = rows.launch(REDUCE, 10.4 * MS, 17_456 * MS)
  rows.launch(SAMPLE, at, 100 * US)
  rows.loop({
    kernels: [
      [GEMM, 400 * US],
      [REDUCE, 14 * US],
      [SAMPLE, 100 * US],
    ],
    gapNs: 2 * MS,
    startNs: at + 2.1 * MS,
    steps: 63,
  })
  const [device] = budgetOf(rows.capture()).devices
  expect(device?.steps?.dropped[0]).toMatchObject({ index: 0, reason: 'profiler-start-skew' })
  expect(device?.verdict?.class).toBe('host-bound')
  expect(device?.communication?.unionNs.p99Ns).toBe(14 * US)
})

test('trap C14: without annotations the steps come from what repeats', () => {
  const [device] = budgetOf(looped({ kernels: decode, gapNs: 2 * MS })).devices
  expect(device?.steps).toMatchObject({ source: 'periodicity', measuredPhase: 'decode', count: 40 })
})

test('trap C17: a vLLM range around a SGLang step is one step', () => {
  const rows = new Rows()
  rows.loop({ kernels: decode, gapNs: 2 * MS, text: () => 'execute_context_0(0)_generation_32(32)' })
  for (const { start, duration } of [...rows.ranges])
    rows.ranges.push({ text: 'step[DECODE bs=32]', start: start + 500, duration: duration - 1000 })
  const [device] = budgetOf(rows.capture()).devices
  expect(device?.steps).toMatchObject({ source: 'annotations', count: 40, batch: { realMedian: 32 } })
})

test('trap B1: graph launches without rows make the budget unknown, by name', () => {
  const rows = new Rows()
  for (let step = 0; step < 100; step += 1) {
    if (step % 5 === 0) rows.graph(10 * MS + step * 10 * MS, 8 * MS)
    else rows.calls.push({ name: 'cudaGraphLaunch', start: 10 * MS + step * 10 * MS, duration: US, correlation: 100_000 + step })
  }
  const budget = budgetOf(rows.capture())
  expect(budget.overall.class).toBe('unknown')
  expect(budget.unknowns[0]?.code).toBe('under-recorded')
})

test('trap B22: thousands of launches without device rows are a capture bug, not an idle device', () => {
  const calls = Array.from({ length: 2000 }, (_, index) => ({ start: index * 10 * US, correlation: index + 1 }))
  const budget = budgetOf(buildCapture({ calls }))
  expect(budget.overall.class).toBe('unknown')
  expect(budget.unknowns[0]).toMatchObject({ code: 'no-device-rows' })
  expect(budget.unknowns[0]?.settledBy).toContain('Gate 0')
})

test('the published worked example: 13.1 ms a step, 1.71 ms busy, 11.4 ms host, two tokens: host-bound', () => {
  const rows = new Rows()
  const kernels = [[GEMM, 900 * US], [ATTENTION, 500 * US], [REDUCE, 210 * US], [SAMPLE, 100 * US]] as const // biome-ignore format: a pair a line hides the step
  rows.loop({ kernels, gapNs: 11.4 * MS, text: () => 'execute_context_0(0)_generation_1(2)' })
  const budget = budgetOf(rows.capture(), { driverTpotNs: 6.21 * MS })
  const [device] = budget.devices
  expect(device?.cadenceNs?.medianNs).toBe(13.11 * MS)
  expect(device?.busyNs?.medianNs).toBe(1.71 * MS)
  expect(device?.busyRatio).toBeCloseTo(0.13, 2)
  expect(device?.reconciliation).toMatchObject({ tokensPerStep: 2, reconciled: true })
  expect(device?.reconciliation?.ratio).toBeCloseTo(1.0556, 3)
  expect(device?.verdict).toMatchObject({ class: 'host-bound', isSuspect: false })
  expect(device?.verdict?.speedupCeiling).toBeCloseTo(13.11 / 1.71, 5)
  expect(budget.next.expectedUnlock).toContain('87.0 %')
})

test('parts of every step sum to its cadence', () => {
  const kernel = fc.tuple(
    fc.constantFrom(GEMM, ATTENTION, REDUCE),
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 0, max: 200 }),
    fc.constantFrom(7, 23),
  )
  fc.assert(
    fc.property(fc.array(kernel, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 3000 }), (motif, gap) => {
      const rows = new Rows()
      let at = 10 * MS
      for (let step = 0; step < 12; step += 1) {
        let latest = at
        for (const [name, length, offset, stream] of motif) latest = Math.max(latest, rows.launch(name, at + offset, length, { stream }))
        at = rows.launch(SAMPLE, latest, 5) + gap
      }
      const [device] = budgetOf(rows.capture()).devices
      if (device?.state !== 'measured' || device.parts === undefined) return
      const sum = Object.values(device.parts).reduce((total, { meanNs }) => total + meanNs, 0)
      expect(sum).toBeCloseTo(device.cadenceNs?.meanNs ?? Number.NaN, 3)
      const shares = Object.values(device.shares ?? {}).reduce((total, share) => total + share, 0)
      expect(shares).toBeCloseTo(1, 6)
    }),
    { numRuns: 100, seed: 20261 },
  )
})

test('three ranks: floor and skew apart, and the late rank is the straggler', () => {
  const captures = [0, 1, 2].map((rank) => {
    const rows = new Rows()
    const lateNs = rank === 1 ? 0 : 300 * US
    const kernels = [[GEMM, 900 * US - lateNs], [REDUCE, 100 * US + lateNs], [SAMPLE, 100 * US]] as const // biome-ignore format: a pair a line hides the step
    rows.loop({ kernels, gapNs: 200 * US })
    return rows.capture({ rank })
  })
  const { ranks } = budgetOf(captures)
  expect(ranks).toMatchObject({ collectives: 40, medianFloorNs: 100 * US, medianSkewNs: 300 * US, straggler: { rank: 1, lateRatio: 1 } })
})
