/** `join` of captures that know kernels: counters with counters, and counters with a timeline of five million kernels. */
import { type BenchLine, timeAndMemory } from '../bench-line.ts'
import { kernelFixture } from '../fixtures.ts'
import type { Measured } from '../measure.ts'
import { repeated } from '../side-by-side.ts'
import { counterFiles, RESULTS } from './ncu.ts'

const KERNELS = 5_000_000

interface Rows {
  readonly rows: number
}

interface Side {
  readonly total: Rows
  readonly matched: Rows
  readonly ambiguous: Rows
  readonly unmatched: Rows
}

/** Both sides of the only pair; every row of a side must be in one of its three parts. */
function sidesOf({ stdout }: Measured): readonly Side[] {
  const { pairs } = JSON.parse(stdout) as {
    readonly pairs: readonly { readonly kernels?: { readonly left: Side; readonly right: Side } }[]
  }
  const kernels = pairs[0]?.kernels
  if (pairs.length !== 1 || kernels === undefined) throw new Error('not one pair with kernels')
  for (const { total, matched, ambiguous, unmatched } of [kernels.left, kernels.right])
    if (matched.rows + ambiguous.rows + unmatched.rows !== total.rows) throw new Error('rows of a side were lost')
  return [kernels.left, kernels.right]
}

function line(
  binary: string,
  id: string,
  what: string,
  paths: readonly string[],
  expected: readonly (readonly [total: number, matched: number])[],
): BenchLine {
  const measured = repeated(3, [process.execPath, binary, 'join', ...paths, '--json', '--no-cache', '--limit', '1'])
  const found = sidesOf(measured).map(({ total, matched }) => [total.rows, matched.rows])
  if (JSON.stringify(found) !== JSON.stringify(expected))
    throw new Error(`${id}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
  return {
    id,
    what,
    ours: timeAndMemory(measured),
    figures: { seconds: measured.seconds, cpuSeconds: measured.cpuSeconds, maxRssMb: measured.maxRssMb },
  }
}

export function joinLines(binary: string): BenchLine[] {
  const { report, page } = counterFiles()
  const timeline = kernelFixture(KERNELS)
  return [
    line(
      binary,
      'join-counters',
      '`join` of an ncu report and a raw page, 20,000 launches each',
      [report, page],
      [
        [RESULTS, RESULTS],
        [RESULTS, RESULTS],
      ],
    ),
    // The two files name different kernels: nothing may match.
    line(
      binary,
      'join-timeline',
      '`join` of 5M kernels (nsys) and 20,000 launches (ncu) of other kernels',
      [timeline, report],
      [
        [KERNELS, 0],
        [RESULTS, 0],
      ],
    ),
  ]
}
