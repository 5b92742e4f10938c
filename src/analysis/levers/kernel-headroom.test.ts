import { expect, it } from 'vitest'
import { atRoof, cited, evidenceWith, familyWith, stepWith } from '../../../tests/support/evidence-builder.ts'
import { exclusiveShare, headroomOf, isTooShort, namedRatio, partly, towardsRoof } from './kernel-headroom.ts'
import { roomBelowRoof, roomOfBytes, together } from './kernel-room.ts'

const family = (parts: Partial<Parameters<typeof familyWith>[0]> = {}) =>
  familyWith({ family: 'moe-gemm', role: 'moe', share: 0.5, counters: atRoof(0.3), ...parts })
const attainable = { low: 0.6, high: 0.8, why: 'test' }

it('trap D9: busy multiprocessors without bytes and FLOPs decide nothing', () => {
  const basic = family({ counters: { headroom: 'undecidable', smBusyRatio: cited(0.9) } })
  expect(headroomOf(basic)).toEqual({ unknown: expect.stringContaining('cannot be decided') })
  expect(roomBelowRoof(evidenceWith({}), basic, attainable)).toEqual({ none: expect.stringContaining('capture ncu'), applies: true })
})

it('leaves what the change does not concern', () => {
  const headroom = headroomOf(family())
  if ('unknown' in headroom) throw new Error(headroom.unknown)
  expect(towardsRoof(headroom, attainable).low).toBeCloseTo(0.375, 10)
  // Half of the family: the other half stays.
  expect(towardsRoof(headroom, attainable, 0.5).high).toBeCloseTo(0.75, 10)
  expect(partly({ low: 0.5, high: 0.6 }, 0.5)).toEqual({ low: 0.5, high: 0.8 })
})

it('never slows a kernel that is nearer its roof than the range', () => {
  expect(towardsRoof({ roof: cited(0.7), bound: 'memory', coveredRatio: 1 }, attainable)).toEqual({ low: 0.7 / 0.8, high: 1 })
})

it('trap H25: families together hold no more than the time in which kernels are exposed', () => {
  const step = stepWith({ kernelShare: cited(0.6) })
  const both = [family({ share: 0.5 }), family({ family: 'gemm-fp4', role: 'gemm', share: 0.4 })]
  expect(exclusiveShare(step, both)).toBe(0.6)
  const evidence = evidenceWith({ step, families: both })
  const rooms = both.map((one) => roomBelowRoof(evidence, one, attainable))
  expect(
    together(
      evidence,
      rooms.map((room) => ('none' in room ? expect.fail(room.none) : room)),
    ),
  ).toBeLessThanOrEqual(0.6)
})

it('kernels with less than 2 us at the roof are too short', () => {
  expect(isTooShort(family({ kernels: [{ name: 'k', meanNs: 6000 }] }), 0.3)).toBe(true)
  expect(isTooShort(family({ kernels: [{ name: 'k', meanNs: 7000 }] }), 0.3)).toBe(false)
  expect(isTooShort(family(), 0.3)).toBe(false)
})

it('fewer bytes help only where bytes take the time', () => {
  const keeps = { low: 0.5, high: 0.6 }
  expect(roomOfBytes(evidenceWith({}), family({ counters: atRoof(0.64) }), 0.65, keeps)).toEqual({
    none: expect.stringContaining('a better kernel comes first'),
    applies: true,
  })
  expect(roomOfBytes(evidenceWith({}), family({ counters: atRoof(0.8) }), 0.65, keeps)).toMatchObject({ stays: keeps, ceilingRatio: 0.25 })
})

it('sums the kernels that a name matches', () => {
  const mixed = family({
    kernels: [
      { name: 'fused_moe_kernel', ofFamilyRatio: 0.6 },
      { name: 'bmm_E2m1', ofFamilyRatio: 0.3 },
    ],
  })
  expect(namedRatio(mixed, /fused_moe/)).toBe(0.6)
})
