/** Points 1 to 6 of the synthesis. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildBinary } from '../build.ts'
import { checkoutRoot, type Point, shownByTests } from './point.ts'
import { points as groundTruth } from './synthesis/ground-truth.ts'
import { largePoint } from './synthesis/large.ts'
import { loopPoints } from './synthesis/loop-points.ts'

const examplePoint: Point = {
  title: '1 the example bundle gives a findings document whose every claim is cited, and it verifies',
  async prove() {
    const binary = await buildBinary(join(checkoutRoot, 'dist'))
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, [binary, ...args, '--json'], { cwd: checkoutRoot, encoding: 'utf8', maxBuffer: 1 << 28 })
    const synthesis = JSON.parse(run('synthesize', 'examples/synthesis-bundle', '--dry-run').stdout) as {
      state: string
      ledger: { lever: string; citations: string[] }[]
      citations: Record<string, unknown>
      bottlenecks: { class: string }[]
    }
    const uncited = synthesis.ledger.filter(
      ({ citations }) => citations.length === 0 || citations.some((id) => !(id in synthesis.citations)),
    )
    const verified = run('verify', 'examples/synthesis-bundle')
    const { verdict } = JSON.parse(verified.stdout) as { verdict: string }
    const levers = synthesis.ledger.map(({ lever }) => lever).join(', ')
    return {
      holds: synthesis.state === 'synthesized' && synthesis.ledger.length > 0 && uncited.length === 0 && verdict === 'holds',
      figure: `${synthesis.bottlenecks.map(({ class: name }) => name).join(', ')}; ${levers}; ${Object.keys(synthesis.citations).length} citations, ${uncited.length} rows uncited; verify: ${verdict}`,
    }
  },
}

export const points: readonly Point[] = [
  examplePoint,
  shownByTests('1 nsys and ncu of one real workload; unrelated captures and a single one refused', {
    paths: ['tests/synthesis.test.ts'],
    titles: 'real',
  }),
  ...groundTruth,
  shownByTests('3 verify holds, fails on one byte of any artifact and on every edit; rows without citation, rigor or standing refused', {
    paths: ['tests/synthesis.test.ts', 'src/analysis/ledger'],
    titles: 'a ledger|without artifact',
  }),
  ...loopPoints,
  shownByTests('5 order of inputs, sources taken away, renamed template arguments; parts conserved', {
    paths: ['tests/synthesis.test.ts', 'src/analysis/synthesis'],
  }),
  largePoint,
]
