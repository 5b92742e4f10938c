import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileFamilies } from '#analysis/families.ts'
import { joinLaunches } from '#analysis/launch-join.ts'
import { sweepDevice } from '#analysis/sweep.ts'
import { prepareSweep } from '#analysis/sweep-input.ts'
import { timelineFromText } from '#model/from-text.ts'
import { kernelPlaces } from './kernel-places.ts'

const names = { L: 'cudaLaunchKernel', G: 'cudaGraphLaunch', A: 'gemm_a', B: 'gemm_b', N: 'ncclAllReduce' }
const families = compileFamilies({
  schema: 'kernel-families/1',
  rules: [{ id: 'gemm', family: 'gemm', role: 'gemm', patterns: ['gemm'], source: 'test' }],
})

function placed(text: string) {
  const timeline = timelineFromText(text, { names })
  const sweep = sweepDevice(prepareSweep(timeline, new Uint8Array(timeline.kernelNames.length)), 0, { gapsFromNs: 0 })
  const join = joinLaunches(timeline)
  if (sweep?.gaps === undefined || join.state !== 'joined') throw new Error('no gaps')
  return { ...kernelPlaces(timeline, 0, sweep.gaps, join, families), idleNs: sweep.idleNs }
}

test('idle time is of the kernel that ends it, by name and by family; a kernel behind another has none', () => {
  const { kernels, families: byFamily } = placed('host corr=1,2,3 : LLL\nkernels corr=1,2,3 : ..A--....B-N-')
  expect(kernels).toEqual([
    { name: 'gemm_a', launches: 1, inGraphs: 0, idleBeforeNs: 0 },
    { name: 'gemm_b', launches: 1, inGraphs: 0, idleBeforeNs: 4 },
    { name: 'ncclAllReduce', launches: 1, inGraphs: 0, idleBeforeNs: 0 },
  ])
  expect(byFamily).toEqual([
    { name: 'gemm', launches: 2, inGraphs: 0, idleBeforeNs: 4 },
    { name: 'unknown', launches: 1, inGraphs: 0, idleBeforeNs: 0 },
  ])
})

test('kernels of a graph launch are in graphs, those of their own launch are not', () => {
  const { kernels } = placed('host corr=1,2 : G-L\nkernels corr=1,1,2 : ..A--.B-.A-')
  expect(kernels).toEqual([
    { name: 'gemm_a', launches: 2, inGraphs: 1, idleBeforeNs: 1 },
    { name: 'gemm_b', launches: 1, inGraphs: 1, idleBeforeNs: 1 },
  ])
})

test('idle time before kernels is part of the device’s idle time, all of it where only kernels run', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('A', 'B', 'N'), fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 30 }), (rows) => {
      const cells = rows.map(([name, longer, gap]) => `${name}${'-'.repeat(longer)}${'.'.repeat(gap)}`).join('')
      const correlations = rows.map((_, at) => at + 1).join(',')
      const {
        families: byFamily,
        kernels,
        idleNs,
      } = placed(`host corr=${correlations} : ${'L'.repeat(rows.length)}\nkernels corr=${correlations} : ${cells}`)
      const sum = (places: readonly { readonly idleBeforeNs: number }[]) =>
        places.reduce((total, { idleBeforeNs }) => total + idleBeforeNs, 0)
      expect(sum(kernels)).toBe(idleNs)
      expect(sum(byFamily)).toBe(idleNs)
      expect(byFamily.reduce((total, { launches }) => total + launches, 0)).toBe(rows.length)
    }),
    { numRuns: 200, seed: 20_261_129 },
  )
})
