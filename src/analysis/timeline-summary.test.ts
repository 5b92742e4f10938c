import { expect, test } from 'vitest'
import { compileFamilies } from '#analysis/families.ts'
import { summarizeTimeline } from '#analysis/timeline-summary.ts'
import { timelineSummarySchema } from '#formats/timeline-summary.ts'
import type { Capture } from '#model/capture.ts'
import { timelineFromText } from '#model/from-text.ts'

const families = compileFamilies({
  schema: 'kernel-families/1',
  rules: [
    { id: 'nccl', family: 'nccl', role: 'communication', patterns: ['nccl'], source: 'test' },
    { id: 'gemm', family: 'gemm', role: 'gemm', patterns: ['gemm'], source: 'test' },
  ],
})
const names = { A: 'gemm', N: 'ncclAllReduce', L: 'cudaLaunchKernel', X: 'mystery' }

function summarized(text: string) {
  const timeline = timelineFromText(text, { names })
  const capture: Capture = {
    kind: 'test',
    tool: { name: 'test' },
    clock: { originNs: '0', epoch: 'unknown', resolutionNs: 1 },
    devices: timeline.devices,
    capabilities: {},
    timeline,
    graphMode: 'unknown',
    diagnostics: [],
    facts: {},
    inventory: {},
  }
  const summary = summarizeTimeline(capture, [], families)
  // The format is the contract: what the command returns must parse as it stands.
  return timelineSummarySchema.parse({ ...summary, sources: [] })
}

test('one row per physical device, with counts, sums, bytes, union, extent', () => {
  const { devices } = summarized(
    `kernels device=0 stream=1 : ..A--....A-
     kernels device=0 stream=2 : ...N---....
     memcpy  device=0 stream=3 kind=host-to-device bytes=64 : C-.........
     memset  device=0 bytes=8 : ........M..
     graphs  device=1 : G---G`,
  )
  expect(devices[0]).toMatchObject({
    device: 0,
    kernels: { count: 3, sumNs: 9 },
    graphTraces: { count: 0, sumNs: 0 },
    memcpy: { count: 1, sumNs: 2, bytes: 64 },
    memset: { count: 1, sumNs: 1, bytes: 8 },
    busyNs: 10,
    firstStartNs: 0,
    lastEndNs: 11,
    spanNs: 11,
    idleNs: 1,
    overlap: { computeOnlyNs: 3, communicationHiddenNs: 2, communicationExposedNs: 2, copyExposedNs: 2, memsetOnlyNs: 1, idleNs: 1 },
    idleGaps: { count: 1, histogram: [{ fromNs: 1, toNs: 2, count: 1, totalNs: 1 }], largest: [{ startNs: 7, endNs: 8, durationNs: 1 }] },
  })
  expect(devices[0]?.idleGaps.largest[0]).toMatchObject({
    before: { kind: 'kernel', name: 'ncclAllReduce', stream: 2 },
    after: { kind: 'memset' },
  })
  expect(devices[1]).toMatchObject({ device: 1, graphTraces: { count: 2, sumNs: 5 }, busyNs: 5, kernels: { count: 0 } })
})

test('processes of one device are told apart; devices of one ordinal too', () => {
  const shared = summarized('kernels process=1 : A---\nkernels process=2 : ..A---').devices
  expect(shared).toHaveLength(1)
  expect(shared[0]?.busyNs).toBe(6)
  expect(shared[0]?.processes.map(({ pid, busyNs }) => [pid, busyNs])).toEqual([
    [1, 4],
    [2, 4],
  ])
  const apart = summarized('kernels process=1 uuid=GPU-b : A---\nkernels process=2 uuid=GPU-a : ..A---').devices
  expect(apart.map(({ device, uuid, processes }) => [device, uuid, processes.map(({ pid }) => pid)])).toEqual([
    [0, 'GPU-a', [2]],
    [0, 'GPU-b', [1]],
  ])
})

test('causes come only with host calls, and the largest gaps name theirs', () => {
  expect(summarized('kernels : A-...A').devices[0]?.idleGaps.attribution).toBeUndefined()
  const { idleGaps } = summarized('host corr=1,2 : L....L\nkernels corr=1,2 : .A-...A').devices[0] ?? {}
  expect(idleGaps?.attribution).toMatchObject({
    claimable: true,
    unknownRatio: 0,
    causes: [
      { cause: 'host-busy', totalNs: 2 },
      { cause: 'launch-limited', totalNs: 1 },
    ],
  })
  expect(idleGaps?.largest[0]?.cause).toBe('host-busy')
})

test('bytes that no row says are absent, not zero; unknown kernels are counted', () => {
  const summary = summarized('memcpy : C-\nkernels : ..A-X-')
  expect(summary.devices[0]?.memcpy).toEqual({ count: 1, sumNs: 2, rowsWithoutBytes: 1 })
  expect(summary.unknownFamilyRatio).toBe(0.5)
})

test('a device without activities has no row', () => {
  expect(summarized('kernels device=0 : A\nkernels device=3 : ...').devices.map(({ device }) => device)).toEqual([0])
})
