import { expect, test } from 'vitest'
import { matchRanks } from '#analysis/rank-collectives.ts'
import { Random } from '#base/random.ts'

/** Ranks that reach each collective some microseconds apart, the last of them always the same. */
function members(ranks: number, calls: number) {
  const random = new Random(7)
  const own = Array.from({ length: ranks }, (_, rank) => ({ device: rank, endsNs: [] as number[], durations: [] as number[] }))
  let atNs = 0
  for (let call = 0; call < calls; call += 1) {
    atNs += 100_000 + random.integer(0, 50_000)
    for (const { device, endsNs, durations } of own) {
      endsNs.push(atNs + random.integer(0, 100))
      durations.push(10_000 + (device === 1 ? 0 : 5_000 + random.integer(0, 1_000)))
    }
  }
  return own.map(({ device, ...held }) => ({ device, calls: { hasSequence: false, byKey: new Map([['all-reduce', held]]) } }))
}

test('as many collectives as a long capture holds are matched, and the late rank is named', () => {
  const match = matchRanks(members(3, 300_000))
  if (match?.state !== 'matched') throw new Error('matched')
  expect(match.account.collectives).toBe(300_000)
  expect(match.account.floorNs).toBe(300_000 * 10_000)
  expect(match.account.straggler).toEqual({ device: 1, lateRatio: 1, ofWaitRatio: 1 })
  expect(match.account.members[1]?.waitedNs).toBe(0)
})
