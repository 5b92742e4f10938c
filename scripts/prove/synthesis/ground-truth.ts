/** Point 2 of the synthesis: generated deployments whose bottleneck, decoys and true effects are known. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatRatio } from '#base/units.ts'
import { type Judged, ratioOf, type Tally, tally } from '../../../tests/support/ground-truth.ts'
import { synthesizeGenerated } from '../../../tests/support/synthesize-generated.ts'
import type { Point, Proof, ProveOptions } from '../point.ts'

/** Of issue 7. */
const DEPLOYMENTS = 50

let judged: Promise<readonly Judged[]> | undefined

/** Synthesized once for all points of a run. */
function all({ seed, seeds }: ProveOptions): Promise<readonly Judged[]> {
  judged ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sextant-truth-'))
    const done: Judged[] = []
    try {
      for (let own = seed; own < seed + seeds; own += 1) {
        for (let index = 0; index < DEPLOYMENTS; index += 1) done.push(await synthesizeGenerated(own, index, folder))
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    return done
  })()
  return judged
}

function point(title: string, prove: (tally: Tally, judged: readonly Judged[]) => Proof): Point {
  return {
    title,
    async prove(options) {
      const done = await all(options)
      const { holds, figure } = prove(tally(done), done)
      return { holds, figure: `${figure}; ${done.length} deployments, seed ${options.seed}` }
    },
  }
}

const listed = (names: readonly string[]): string => (names.length === 0 ? '' : ` (${names.slice(0, 6).join('; ')})`)

const misnamed = (done: readonly Judged[]): string[] =>
  done.filter(({ classRight }) => classRight === false).map(({ name, classNamed }) => `${name} is called ${classNamed}`)

const notFirst = (done: readonly Judged[]): string[] =>
  done
    .filter(({ rank }) => rank !== undefined && rank !== 1)
    .map(({ name, rank, first }) => `${name}: ${first} is first, the planted one ${rank === 0 ? 'absent' : rank}`)

export const points: readonly Point[] = [
  point('2 the right class in at least 95 %', ({ classRight, abstained }, done) => ({
    holds: ratioOf(classRight) >= 0.95 && ratioOf(abstained) === 1,
    figure: `${classRight.holds} of ${classRight.of}; abstained in ${abstained.holds} of ${abstained.of} where captures carry none${listed(misnamed(done))}`,
  })),
  point('2 the planted lever first in at least 85 %, in the first three in 95 %', ({ first, firstThree }, done) => ({
    holds: ratioOf(first) >= 0.85 && ratioOf(firstThree) >= 0.95,
    figure: `first ${first.holds}, in the first three ${firstThree.holds} of ${first.of}${listed(notFirst(done))}`,
  })),
  point('2 no lever against its preconditions', ({ violations }) => ({
    holds: violations.length === 0,
    figure: `${violations.length} violations${listed(violations)}`,
  })),
  point('2 every planted contradiction found, none invented', ({ planted, missed, invented }) => ({
    holds: planted > 0 && missed.length === 0 && invented.length === 0,
    figure: `${planted - missed.length} of ${planted} found${listed(missed)}, ${invented.length} invented${listed(invented)}`,
  })),
  point('2 the true effect inside the interval in at least 80 %, at most half as wide as it is large', ({ inside, medianWidth }) => ({
    holds: ratioOf(inside) >= 0.8 && medianWidth <= 0.5,
    figure: `inside ${inside.holds} of ${inside.of}, median width ${formatRatio(medianWidth)} of the effect`,
  })),
  point('2 null decoys: at most 3 % of the step', ({ widestNull, nulls }) => ({
    holds: nulls > 0 && widestNull <= 0.03,
    figure: `widest interval ${formatRatio(widestNull)} over ${nulls} deployments without a bottleneck`,
  })),
  point('2 a better interval score than share times distance to the roof', ({ score, rivalScore }) => ({
    holds: score < rivalScore,
    figure: `${score.toFixed(3)} against ${rivalScore.toFixed(3)} (mean score of 90 % intervals, smaller is better)`,
  })),
]
