/** Point 4: the bench's own table, run now on this machine. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { BenchReport } from '../../../bench/bench-line.ts'
import { checkoutRoot, type Point, type Proof } from '../point.ts'

/** A line without a verdict is void (its opponent was too slow to be one) or only states a figure: it shows nothing, and is told. */
export function judgeBench({ lines }: BenchReport): Proof {
  const barred = lines.filter(({ bar }) => bar !== undefined)
  const met = barred.filter((line) => line.met === true)
  const missed = barred.filter((line) => line.met !== true)
  const said = lines.map(({ what, ours, ratio, met: isMet, bar }) => {
    const verdict = bar === undefined ? 'stated' : isMet === undefined ? 'void' : isMet ? 'met' : 'MISSED'
    return `${what}: ${ours}${ratio === undefined ? '' : `, ${ratio.toFixed(1)}x`} (${verdict})`
  })
  return { holds: barred.length > 0 && missed.length === 0, figure: [`${met.length} of ${barred.length} bars met`, ...said].join('; ') }
}

/** Runs the bench, or some items of it, and judges its bars. */
export function proveBench(...only: readonly string[]): Proof {
  const tsx = join(checkoutRoot, 'node_modules/.bin/tsx')
  const items = only.length === 0 ? [] : ['--only', only.join(',')]
  // What it tells of its progress is shown meanwhile.
  const run = spawnSync(tsx, ['bench/run.ts', '--json', ...items], {
    cwd: checkoutRoot,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  // It ends with 1 where a bar is missed, which the lines say too.
  const text = run.stdout.trimEnd().split('\n').at(-1) ?? ''
  if (!text.startsWith('{')) return { holds: false, figure: `no table (status ${run.status}): what it said is above` }
  return judgeBench(JSON.parse(text) as BenchReport)
}

export const bench: Point = { title: '4 the bench\u2019s bars are met', prove: () => proveBench() }
