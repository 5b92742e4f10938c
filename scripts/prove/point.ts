/** What a capability must show, as runnable points. */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Proof {
  readonly holds: boolean
  /** What was measured, for the line. */
  readonly figure: string
}

/** What whoever runs the proof may choose: none of it changes what must hold. */
export interface ProveOptions {
  readonly seed: number
  /** Seeds from `seed` on, for points that draw cases. */
  readonly seeds: number
  /** Per reader. */
  readonly mutants: number
}

export interface Point {
  readonly title: string
  prove(options: ProveOptions): Proof | Promise<Proof>
}

export const checkoutRoot: string = resolve(fileURLToPath(import.meta.url), '../../..')

export interface TestSelection {
  readonly paths: readonly string[]
  /** Only tests whose title matches. */
  readonly titles?: string
  /** With the long tests; what they tell of their progress is shown meanwhile. */
  readonly slow?: boolean
  /** Tests that must have run and passed (default 1): where each shows a part, a skipped one is a part that was not shown. */
  readonly passes?: number
  readonly env?: (options: ProveOptions) => Readonly<Record<string, string>>
}

/**
 * A point that a set of tests shows: all pass and at least one ran. A test that was skipped for want of its real captures
 * shows nothing, so the point falls short; other skips (long tests) are told in the figure. Lines that a test prints with
 * `figure: ` in front become part of the figure.
 */
export function shownByTests(title: string, selection: TestSelection): Point {
  return {
    title,
    prove(options) {
      const titles = selection.titles === undefined ? [] : ['--testNamePattern', selection.titles]
      const vitest = join(checkoutRoot, 'node_modules/.bin/vitest')
      const run = spawnSync(vitest, ['run', ...titles, ...selection.paths], {
        cwd: checkoutRoot,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        stdio: ['ignore', 'pipe', selection.slow === true ? 'inherit' : 'pipe'],
        env: { ...process.env, ...(selection.slow === true ? { SEXTANT_SLOW: '1' } : {}), ...selection.env?.(options) },
      })
      const lines = run.stdout.trimEnd().split('\n')
      const last = lines.at(-1) ?? ''
      const totals = /^(\d+) passed, (\d+) failed/.exec(last)
      const ran = totals?.[1] !== undefined && Number(totals[1]) >= (selection.passes ?? 1)
      const absent = lines.some((line) => line.startsWith('skipped: ') && line.includes('real captures absent'))
      const said = lines.flatMap(
        (line) =>
          /figure: (.*)|(not judged: .*)/
            .exec(line)
            ?.slice(1)
            .find((each) => each !== undefined) ?? [],
      )
      // Inherited, it is not here.
      const errors = typeof run.stderr === 'string' ? run.stderr.slice(-300) : ''
      const figure = [totals === null ? `no result (status ${run.status}) ${errors}` : last, ...said].join('; ')
      return { holds: run.status === 0 && ran && !absent, figure: absent ? `${figure}; real captures absent` : figure }
    },
  }
}
