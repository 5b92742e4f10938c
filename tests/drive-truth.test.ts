/**
 * The driver against the simulated engine in a process of its own, whose truth is known. A run that the driver itself calls INVALID or
 * that a busy machine made late on the engine's side is repeated, at most twice, and the figure says how often.
 */
import { expect, test } from 'vitest'
import { drive } from './support/drive-run.ts'
import { compareWithTruth, type Deviation, ratioOff, trueFigures } from './support/drive-truth.ts'
import { engineProcess } from './support/engine-process.ts'

const ATTEMPTS = 3
const slow = process.env['SEXTANT_SLOW'] === '1'

/** Streams, requests, step times times this. More streams need more of them for a median that is not between two values. */
const points: readonly (readonly [streams: number, requests: number, timeScale: number, inCi: boolean])[] = [
  [1, 12, 2, true],
  [16, 64, 4, true],
  [64, 256, 6, false],
  [256, 768, 10, false],
]

interface Outcome {
  readonly centres: Deviation[]
  readonly tails: Deviation[]
  readonly lagP99Ns: number
  readonly state: string
  readonly requests: number
}

async function once(streams: number, requests: number, timeScale: number): Promise<Outcome> {
  const engine = await engineProcess(['--max-num-seqs', '512', '--time-scale', String(timeScale)])
  try {
    // Lengths differ, so that streams do not end together. Most steps only decode, else the median gap would lie between two kinds.
    const shape = ['--input-tokens', '1000', '--output-tokens', '48', '--spread', '0.3', '--tokens-per-word', '1']
    const { cell, lines } = await drive([
      engine.url,
      '--concurrency',
      String(streams),
      '--requests',
      String(requests),
      '--ramp-s',
      '1',
      ...shape,
    ])
    const truth = trueFigures(await engine.truth(), new Set(lines.filter(({ phase }) => phase === 'measured').map(({ index }) => index)))
    const { probe, loopWait } = cell.client
    return {
      ...compareWithTruth(cell, truth),
      lagP99Ns: Math.max(probe?.p99Ns ?? Number.NaN, loopWait?.p99Ns ?? Number.NaN),
      state: cell.validity.state,
      requests: truth.requests,
    }
  } finally {
    await engine.stop()
  }
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(2)} %`

for (const [streams, requests, timeScale, inCi] of points) {
  test.skipIf(!inCi && !slow)(
    `${streams} streams: means, medians and throughput within 1 % of the engine's truth, p99 within the published lag`,
    async () => {
      let last: Outcome | undefined
      let attempt = 0
      let invalid = 0
      const misses: string[] = []
      do {
        attempt += 1
        last = await once(streams, requests, timeScale)
        expect(last.requests).toBe(requests)
        const worst = last.centres.reduce((a, b) => (ratioOff(a) >= ratioOff(b) ? a : b))
        const tail = last.tails.reduce((a, b) => (Math.abs(a.measured - a.truth) >= Math.abs(b.measured - b.truth) ? a : b))
        const apart = Math.abs(tail.measured - tail.truth)
        const figure = `${streams} streams: ${worst.figure} ${percent(ratioOff(worst))} off, ${tail.figure} ${(apart / 1e6).toFixed(2)} ms off (lag p99 ${(last.lagP99Ns / 1e6).toFixed(2)} ms), ${last.state}`
        if (last.state === 'valid' && ratioOff(worst) <= 0.01 && apart <= last.lagP99Ns + 0.01 * tail.truth) {
          console.log(`figure: ${figure}, attempt ${attempt} of ${ATTEMPTS}`)
          return
        }
        misses.push(figure)
        if (last.state !== 'valid') invalid += 1
      } while (attempt < ATTEMPTS)
      expect.fail(misses.join('\n'))
    },
  )
}
