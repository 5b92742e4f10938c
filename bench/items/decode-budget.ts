/** `sextant decode-budget` on 5M kernels: stated, not judged. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchLine, timeAndMemory } from '../bench-line.ts'
import { bigFixture, outFolder } from '../fixtures.ts'
import { repeated } from '../side-by-side.ts'

const KERNELS = 5_000_000

export function decodeBudgetLine(binary: string): BenchLine {
  const path = join(outFolder, 'steps-5000000.sqlite')
  if (!existsSync(path)) bigFixture(path, KERNELS)
  const run = repeated(3, [process.execPath, binary, 'decode-budget', path, '--json', '--no-cache'])
  return {
    id: 'decode-budget',
    what: '`decode-budget` on 5M kernels (78,125 steps)',
    ours: timeAndMemory(run),
    note: 'gpu-perf-tune 0.4.0, the closest peer, took 19.6 s and 1,548 MB for 5M rows of one device on a machine of this class',
    figures: { seconds: run.seconds, maxRssMb: run.maxRssMb },
  }
}
