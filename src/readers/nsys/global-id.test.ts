import { expect, test } from 'vitest'
import { hostOf, pidOf, processLo, tidOf } from './global-id.ts'

function halves(id: bigint): [number, number] {
  return [Number(BigInt.asIntN(32, id >> 32n)), Number(BigInt.asUintN(32, id))]
}

test('trap B7: thread ids above 65,535 keep their upper bits', () => {
  const [hi, lo] = halves((1n << 48n) | (2455477n << 24n) | 2455488n)
  expect([pidOf(hi, lo), tidOf(lo), hostOf(hi)]).toEqual([2455477, 2455488, 1])
  expect(tidOf(lo)).not.toBe(2455488 & 0xffff)
})

test('ids as real captures spell them', () => {
  expect(pidOf(...halves(281761330233344n))).toBe(17068)
  expect(pidOf(...halves(72058007092985856n))).toBe(24620)
  expect(hostOf(halves(72058007092985856n)[0])).toBe(256)
  expect(pidOf(...halves(-144115188075855872n))).toBe(0)
})

test('a thread belongs to the process with its lower 24 bits cleared', () => {
  const [, lo] = halves((1n << 48n) | (0xfffffen << 24n) | 0xffffffn)
  expect(processLo(lo)).toBe(0xfe000000)
})
