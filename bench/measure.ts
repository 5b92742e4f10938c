/** Fresh processes, measured from outside: the only way to compare programs in different languages. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WatchedRun } from './machine-state.ts'

export interface Measured {
  readonly seconds: number
  readonly cpuSeconds: number
  /** Peak resident memory (ru_maxrss), 10^6-ish: KiB / 1024. */
  readonly maxRssMb: number
  readonly stdout: string
}

export interface MeasureOptions {
  readonly env?: Record<string, string>
  /** Something that it needs computes beside it (an engine that it loads): how busy others are then says nothing of the machine. */
  readonly worksBeside?: boolean
}

interface Figures {
  readonly status: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly maxRssMb: number
  readonly othersCores?: number
}

const watched: WatchedRun[] = []

/** The runs measured since the last call. */
export function takeWatchedRuns(): WatchedRun[] {
  return watched.splice(0)
}

const measurer = join(import.meta.dirname, 'measure.py')

/** Runs a command to its end, with all that was written on the disk: the system would write it back meanwhile. Throws with its error text when it fails. */
export function measure(command: readonly string[], { env = {}, worksBeside = false }: MeasureOptions = {}): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'sextant-bench-'))
  const out = join(folder, 'stdout')
  try {
    spawnSync('sync', { stdio: 'ignore' })
    const run = spawnSync('python3', [measurer, '--stdout', out, '--', ...command], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    })
    const lines = run.stderr.trimEnd().split('\n')
    const figures = JSON.parse(lines.at(-1) ?? '{}') as Figures
    if (figures.status !== 0) throw new Error(`${command.join(' ')} failed with ${figures.status}:\n${lines.slice(0, -1).join('\n')}`)
    const { status: _, othersCores, ...measured } = figures
    if (!worksBeside) watched.push({ command, ...measured, ...(othersCores === undefined ? {} : { othersCores }) })
    return { ...measured, stdout: readFileSync(out, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether a Python module can be imported by `python` (a peer's environment, or the system's). */
export function hasModule(python: string, module: string): boolean {
  return spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0
}
