/** How long `--help` takes: what a person or an agent waits for before anything begins. */
import { spawnSync } from 'node:child_process'
import type { BenchLine } from '../bench-line.ts'
import { median } from '../side-by-side.ts'

const RUNS = 9
const BAR_MS = 150

/** Without the measuring child of measure.py: its own start would be a third of the figure. */
function once(args: readonly string[]): number {
  const began = performance.now()
  const run = spawnSync(process.execPath, args, { stdio: 'ignore' })
  if (run.status !== 0) throw new Error(`node ${args.join(' ')} failed`)
  return performance.now() - began
}

export function startUpLine(binary: string): BenchLine {
  const ours: number[] = []
  const bare: number[] = []
  for (let run = 0; run < RUNS; run++) {
    ours.push(once([binary, '--help']))
    bare.push(once(['-e', '0']))
  }
  const [help, node] = [median(ours), median(bare)]
  return {
    id: 'help',
    what: '`--help`, median of 9',
    ours: `${help.toFixed(0)} ms`,
    opponent: `\`node -e 0\` ${node.toFixed(0)} ms`,
    bar: `below ${BAR_MS} ms`,
    met: help < BAR_MS,
    figures: { milliseconds: help, nodeMilliseconds: node },
  }
}
