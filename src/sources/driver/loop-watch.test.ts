import { expect, test } from 'vitest'
import { type LoopFacts, LoopWatch } from './loop-watch.ts'

/** A loop that is told what happens to it: time passes awake or asleep. */
class ToldLoop implements LoopFacts {
  #now = 0
  #idle = 0
  #after: (() => void) | undefined
  asked = 0

  nowNs(): number {
    return this.#now
  }

  idleMs(): number {
    return this.#idle
  }

  afterIteration(call: () => void): void {
    this.asked += 1
    this.#after = call
  }

  works(ns: number): void {
    this.#now += ns
  }

  sleeps(ns: number): void {
    this.#now += ns
    this.#idle += ns / 1e6
  }

  endsIteration(): void {
    const call = this.#after
    this.#after = undefined
    call?.()
  }
}

function watched(): { loop: ToldLoop; watch: LoopWatch; stamp: (costNs: number) => number } {
  const loop = new ToldLoop()
  const watch = new LoopWatch(loop)
  let before = 0
  return {
    loop,
    watch,
    /** Sees an arrival now, spends its cost; the wait that was counted. */
    stamp(costNs) {
      watch.saw(loop.nowNs())
      loop.works(costNs)
      watch.left()
      const total = (watch.waits.summary()?.meanNs ?? 0) * watch.waits.count
      const wait = total - before
      before = total
      return wait
    },
  }
}

test('one stream that the loop sleeps for: an arrival waited for what ran since the wake, and no end of an iteration is asked for', () => {
  const { loop, stamp } = watched()
  for (let event = 0; event < 5; event++) {
    loop.sleeps(2e6)
    loop.works(30e3)
    expect(stamp(50e3)).toBeCloseTo(30e3, 3)
  }
  expect(loop.asked).toBe(0)
})

test('a second arrival of the same turn waited for the first', () => {
  const { loop, stamp } = watched()
  loop.sleeps(2e6)
  expect(stamp(70e3)).toBeCloseTo(0, 3)
  expect(stamp(70e3)).toBeCloseTo(70e3, 3)
  expect(stamp(70e3)).toBeCloseTo(140e3, 3)
  loop.endsIteration()
  loop.sleeps(1e6)
  expect(stamp(70e3)).toBeCloseTo(0, 3)
})

test('what comes while the loop is busy waited since its last look, never less', () => {
  const { loop, stamp } = watched()
  loop.sleeps(2e6)
  stamp(50e3)
  // 45 ms of somebody else's work in this thread, and then bytes without any sleep.
  loop.works(45e6)
  expect(stamp(50e3)).toBeGreaterThanOrEqual(45e6)
})

test('a loop that never sleeps: the bound follows its turns and does not grow without end', () => {
  const { loop, stamp } = watched()
  for (let turn = 0; turn < 100; turn++) {
    const waits = [stamp(1e6), stamp(1e6), stamp(1e6)]
    // A look that finds sockets ready is no sleep, though the loop counts the call as idle.
    loop.endsIteration()
    loop.sleeps(5e3)
    if (turn < 2) continue
    expect(Math.max(...waits)).toBeLessThan(7e6)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(3e6)
  }
})
