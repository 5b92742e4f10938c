/** The bench tells a slow machine from a busy one, and judges only what may be judged. */
import { expect, test } from 'vitest'
import type { BenchLine } from '../bench/bench-line.ts'
import { scanLineOf } from '../bench/items/scan.ts'
import { judgedOn, machineState, pythonRate } from '../bench/machine-state.ts'
import { measure, takeWatchedRuns } from '../bench/measure.ts'

const python = (seconds: number, cpuSeconds: number, othersCores?: number) => ({
  command: ['python3', 'x.py'],
  seconds,
  cpuSeconds,
  ...(othersCores === undefined ? {} : { othersCores }),
})
const missed: BenchLine = { id: 'a', what: 'a', ours: '2 s', bar: '8x', ratio: 7, met: false, figures: {} }
const { ratio: _, ...absolute } = missed

test('an opponent that waits, or others who work, make a machine busy; a slow quiet one is not', () => {
  expect(machineState([python(20, 19.9, 0.03)])).toMatchObject({ isBusy: false })
  expect(machineState([python(20, 15, 0.03)])).toMatchObject({ isBusy: true })
  // On two cores a neighbour leaves Python alone and takes the core that our second thread wants.
  expect(machineState([python(20, 20, 0.9)])).toMatchObject({ isBusy: true })
  // Our own wall says nothing of others: it has several threads, and waits for the disk.
  expect(machineState([{ command: ['node'], seconds: 3, cpuSeconds: 1 }])).toEqual({ text: 'not measured' })
  expect(machineState([]).isBusy).toBeUndefined()
})

test('a miss on a busy machine is void; on a slow quiet one a ratio counts, seconds do not', () => {
  const quiet = machineState([python(20, 20, 0)])
  const busy = machineState([python(20, 20, 1)])
  expect(judgedOn(missed, busy, 1e6).met).toBeUndefined()
  expect(judgedOn({ ...missed, met: true }, busy, 1e6)).toMatchObject({ met: true, isBusy: true })
  expect(judgedOn(missed, quiet, 0.56e6)).toMatchObject({ met: false, machine: expect.stringMatching(/^slow, quiet/) })
  expect(judgedOn(absolute, quiet, 0.56e6).met).toBeUndefined()
  expect(judgedOn(absolute, quiet, 1e6).met).toBe(false)
  expect(judgedOn(missed, quiet, undefined).met).toBe(false)
  expect([pythonRate(0.56e6), pythonRate(1e6)]).toEqual(['0.56M rows/s (slow: below 0.8M)', '1.00M rows/s'])
})

test('every measured run is watched, once', () => {
  takeWatchedRuns()
  measure(['python3', '-c', 'sum(range(100000))'])
  const [run, ...others] = takeWatchedRuns()
  expect(others).toEqual([])
  expect(run?.cpuSeconds).toBeGreaterThan(0)
  if (process.platform === 'linux') expect(run?.othersCores).toBeGreaterThanOrEqual(0)
  expect(takeWatchedRuns()).toEqual([])
})

test('a client whose engine computes beside it says nothing of the machine', () => {
  takeWatchedRuns()
  measure(['true'], { worksBeside: true })
  expect(takeWatchedRuns()).toEqual([])
})

test('rows a second are judged by our own: met on a slow machine is met, a miss there is void', () => {
  expect(scanLineOf(13e6, 0.66e6, 90)).toMatchObject({ met: true, note: expect.stringContaining('the ratio is void') })
  expect(scanLineOf(7e6, 0.66e6, 90).met).toBeUndefined()
  expect(scanLineOf(7e6, 0.9e6, 90)).toMatchObject({ met: false })
  expect(scanLineOf(9e6, 0.9e6, 90)).toMatchObject({ met: true })
})
